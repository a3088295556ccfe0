import { type Digest, digestOf, encodeJson, mediaTypes } from '@lading/oci';

/** Content with its descriptor. */
export interface Blob {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly bytes: Buffer;
}

export function descriptor({ mediaType, digest, size }: Blob): Omit<Blob, 'bytes'> {
  return { mediaType, digest, size };
}

export function blobOf(text: string, mediaType: string): Blob {
  const bytes = Buffer.from(text);
  return { bytes, mediaType, digest: digestOf(bytes), size: bytes.length };
}

export function layerOf(n: number): Blob {
  return blobOf(`layer ${n} `.repeat(20 + n * 50), mediaTypes.ociLayer);
}

export function manifestOf(value: object, mediaType: string): Blob {
  const bytes = encodeJson({ schemaVersion: 2, mediaType, ...value });
  return { bytes: Buffer.from(bytes), mediaType, digest: digestOf(bytes), size: bytes.length };
}
