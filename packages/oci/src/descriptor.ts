import { type Digest, digestOf } from './digest.ts';
import { mediaTypes } from './media-type.ts';
import type { Platform } from './platform.ts';

/** Arbitrary metadata; keys by convention in reverse domain notation. OCI image-spec 1.1 §annotations. */
export type Annotations = Readonly<Record<string, string>>;

/** What points to content. OCI image-spec 1.1 §descriptor. Fields that Lading does not know stay on the object. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes of the content as stored. */
  readonly size: number;
  readonly urls?: readonly string[];
  readonly annotations?: Annotations;
  /** Base64 of the content itself, for small blobs. */
  readonly data?: string;
  readonly platform?: Platform;
  readonly artifactType?: string;
}

/** Describes bytes in memory. `extra` adds the optional fields, after the three required ones and in its own order. */
export function descriptorOf(
  bytes: Uint8Array,
  mediaType: string,
  extra: Partial<Omit<Descriptor, 'mediaType' | 'digest' | 'size'>> = {},
): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.length, ...extra };
}

/** The two bytes `{}`: stands where a manifest must point to something and there is nothing. OCI image-spec 1.1 §manifest. */
export const emptyDescriptor: Descriptor = Object.freeze(
  descriptorOf(Buffer.from('{}'), mediaTypes.ociEmpty, { data: 'e30=' }),
);
