import { type Bytes, decompress, type Io } from '@lading/bytes';
import { type Descriptor, type Digest, type History, verified } from '@lading/oci';
import type { ContentReader } from '@lading/store';

/** One layer of an image. */
export interface Layer {
  /** The layer as it is stored, compressed or not. */
  readonly descriptor: Descriptor;
  /** The digest of the uncompressed tar. */
  readonly diffId: Digest;
  /** The entry of the config's history that made it, where the history is complete. */
  readonly history?: History;
  /** The bytes as stored, verified against the descriptor. Throws BLOB_NOT_FOUND. */
  open(io?: Io): Promise<Bytes>;
  /** The tar, verified against the diffId at its end. Compression is told by the content. Throws as open(), and BYTES_CORRUPT. */
  uncompressed(io?: Io): Promise<Bytes>;
}

/** A layer whose content is in a store, also one that no manifest lists yet. */
export function layerOf(content: ContentReader, descriptor: Descriptor, diffId: Digest, history?: History): Layer {
  return {
    descriptor,
    diffId,
    ...(history === undefined ? {} : { history }),
    open: (io = {}) => content.open(descriptor, io),
    uncompressed: async (io = {}) => {
      // A layer that is stored plain is its own diffId: hashing it once is enough.
      if (descriptor.digest === diffId) return content.open(descriptor, io);
      return verified(decompress(await content.open(descriptor, io), io), { digest: diffId });
    },
  };
}
