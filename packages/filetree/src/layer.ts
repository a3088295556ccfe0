import type { Bytes, Io } from '@lading/bytes';
import { isWhiteoutMetadata, parseWhiteout, readTar, type Whiteout } from '@lading/tar';
import type { FileNode } from './file-node.ts';

/** A layer's table of contents: what it adds or replaces, in archive order, and what it hides of the layers below. */
export interface Layer {
  readonly entries: readonly FileNode[];
  readonly whiteouts: readonly Whiteout[];
}

/**
 * Reads the table of contents of a layer from its uncompressed tar, to the end of the stream; content is skipped.
 * Memory grows with the number of entries (about 300 bytes each), not with their size. Throws what `readTar` throws.
 */
export async function readLayer(tar: Bytes, io: Io = {}): Promise<Layer> {
  const entries: FileNode[] = [];
  const whiteouts: Whiteout[] = [];
  for await (const entry of readTar(tar, io)) {
    if (isWhiteoutMetadata(entry.path)) continue;
    const whiteout = parseWhiteout(entry.path);
    if (whiteout !== undefined) {
      whiteouts.push(whiteout);
      continue;
    }
    const { content: _content, offset: _offset, contentOffset, sparse, ...header } = entry;
    entries.push(header.type === 'file' && !sparse ? { ...header, contentOffset } : header);
  }
  return { entries, whiteouts };
}
