import { createHash, type Hash } from 'node:crypto';
import type { Bytes, Io } from '@lading/bytes';
import { isWhiteoutMetadata, parseWhiteout, readTar, type TarHeader, type Whiteout } from '@lading/tar';
import type { FileNode } from './file-node.ts';

/** A layer's table of contents: what it adds or replaces, in archive order, and what it hides of the layers below. */
export interface Layer {
  readonly entries: readonly FileNode[];
  readonly whiteouts: readonly Whiteout[];
}

export interface ReadLayerOptions extends Io {
  /** Sees every entry before it is held on to, and may throw. */
  readonly onEntry?: ((entry: TarHeader) => void) | undefined;
  /** Hashes the content of every file on its way past: `FileNode.sha256`. */
  readonly digests?: boolean | undefined;
}

/**
 * Reads the table of contents of a layer from its uncompressed tar, to the end of the stream; content is skipped unless asked for.
 * Memory grows with the number of entries (about 300 bytes each), not with their size. Throws what `readTar` throws.
 */
export async function readLayer(tar: Bytes, options: ReadLayerOptions = {}): Promise<Layer> {
  const entries: FileNode[] = [];
  const whiteouts: Whiteout[] = [];
  for await (const entry of readTar(tar, options)) {
    options.onEntry?.(entry);
    if (isWhiteoutMetadata(entry.path)) continue;
    const whiteout = parseWhiteout(entry.path);
    if (whiteout !== undefined) {
      whiteouts.push(whiteout);
      continue;
    }
    const { content, offset: _offset, contentOffset, sparse, ...header } = entry;
    const node = header.type === 'file' && !sparse ? { ...header, contentOffset } : header;
    entries.push(header.type === 'file' && options.digests === true ? await withDigest(node, content) : node);
  }
  return { entries, whiteouts };
}

/** The file with the digest of its content. */
async function withDigest(node: FileNode, content: Bytes): Promise<FileNode> {
  const hash: Hash = createHash('sha256');
  for await (const chunk of content) hash.update(chunk);
  return { ...node, sha256: hash.digest('hex') };
}
