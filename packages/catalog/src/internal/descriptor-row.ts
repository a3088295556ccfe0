import type { Descriptor, Digest } from '@lading/oci';
import type { Row } from '../database/database.ts';

/** The descriptor in the columns media_type, digest and size. */
export function descriptorOf(row: Row): Descriptor {
  return { mediaType: String(row.media_type), digest: row.digest as Digest, size: Number(row.size) };
}
