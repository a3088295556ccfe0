// What the tests of unpacking share.
import { type TarEntryInput, writeTar } from '@lading/tar';
import { textOf } from '../internal/made-layer.ts';
import { scanLayer } from '../scan-layer.ts';
import { unpackLayer } from '../unpack-layer.ts';
import type { UnpackLayerOptions } from '../unpack-layer-options.ts';

export const isRoot: boolean = process.geteuid?.() === 0;
export const owners: 'keep' | 'ignore' = isRoot ? 'keep' : 'ignore';

export async function unpack(
  folder: string,
  entries: Iterable<TarEntryInput>,
  options: Partial<UnpackLayerOptions> = {},
): Promise<void> {
  await unpackLayer(writeTar(entries), folder, { whiteouts: 'overlay', owners, xattrPrefix: 'user', ...options });
}

/** A listing of everything, for comparison. */
export async function listing(folder: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const found of scanLayer(folder, { epoch: 4e9, overlay: false })) {
    const text = await textOf(found.content);
    lines.push([found.path, found.type, found.mode, found.mtime, found.linkPath ?? '', text].join(' '));
  }
  return lines;
}
