import { collect, type Io, slice } from '@lading/bytes';
import type { FileNode } from '@lading/filetree';
import type { Layer } from '@lading/image';
import { pathText } from '../analysis/path-text.ts';
import { contentText, maxPreviewBytes } from './content-text.ts';

/** What there is to see of a node: of a file its beginning, read from its layer up to there; else what it is. */
export async function readContent(layers: readonly Layer[], node: FileNode, io: Io): Promise<string[]> {
  const { type, size, layer, contentOffset, linkPath = '', sha256, deviceMajor, deviceMinor } = node;
  if (type === 'symlink' || type === 'hardlink')
    return [`a ${type === 'symlink' ? 'symbolic' : 'hard'} link to ${pathText(linkPath).slice(1)}`];
  if (type === 'character' || type === 'block') return [`a ${type} device, ${deviceMajor}:${deviceMinor}`];
  if (type !== 'file') return [`a ${type}`];
  if (size === 0) return ['an empty file'];
  const source = layer === undefined ? undefined : layers[layer];
  if (source === undefined || contentOffset === undefined)
    return ['a file with holes, which is not shown', `SHA-256 ${sha256 ?? 'unknown'}`];
  const end = contentOffset + Math.min(size, maxPreviewBytes);
  const bytes = slice(await source.uncompressed(io), { start: contentOffset, end });
  return contentText(await collect(bytes, { maxBytes: maxPreviewBytes, what: node.path, signal: io.signal }), size);
}
