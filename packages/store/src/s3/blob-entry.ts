import { randomBytes } from 'node:crypto';
import { algorithmOf, type Digest, hexOf, isDigest } from '@lading/oci';
import type { ObjectInfo } from './bucket.ts';

/**
 * The object `blobs/<algorithm>/<hex>`, whose appearance makes content visible. It is the content itself, or, of what was too large for one
 * request, a pointer to the objects `data/<data>/0`, `1`, … that are the content one after another.
 */
export interface BlobEntry {
  /** Bytes of the content. */
  readonly size: number;
  readonly createdAt: Date;
  readonly etag: string;
  readonly pointer?: Pointer | undefined;
}

export interface Pointer {
  /** The id of the ingest that wrote them. */
  readonly data: string;
  /** How many. */
  readonly objects: number;
}

export function blobKey(digest: Digest): string {
  return `blobs/${algorithmOf(digest)}/${hexOf(digest)}`;
}

export function digestOfKey(key: string): Digest | undefined {
  const [, algorithm, hex] = key.split('/');
  const text = `${algorithm}:${hex}`;
  return isDigest(text) ? text : undefined;
}

/** What a pointer says stands in its metadata, so that HEAD is enough. */
export function pointerMetadata({ data, objects }: Pointer, size: number): Record<string, string> {
  return { 'lading-data': data, 'lading-objects': String(objects), 'lading-size': String(size) };
}

/** New each time, for the sake of the ETag; of a length by which a list of objects tells it from nearly all content. */
export function pointerBody(): Buffer {
  return Buffer.from(`lading pointer ${randomBytes(16).toString('hex')}`);
}

export const pointerBytes: number = pointerBody().length;

export function entryOf({ size, modifiedAt, etag, metadata }: ObjectInfo): BlobEntry {
  const { 'lading-data': data, 'lading-objects': objects, 'lading-size': whole } = metadata;
  if (data === undefined) return { size, createdAt: modifiedAt, etag };
  return { size: Number(whole), createdAt: modifiedAt, etag, pointer: { data, objects: Number(objects) } };
}
