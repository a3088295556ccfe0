import { type Bytes, collect, fromBuffer } from '@lading/bytes';
import type { Layer } from '@lading/image';
import { digestOf, mediaTypes } from '@lading/oci';
import { opaqueOf, type TarEntryInput, type TarHeader, whiteoutOf, writeTar } from '@lading/tar';
import type { Cataloger } from '../../catalogers/cataloger.ts';

const plain = { mode: 0o644, uid: 0, gid: 0, size: 0, mtime: 0 } as const;

/** Entries of layers in one line each. */
export const entry = {
  file: (path: string, text: string | Buffer = '', more: Partial<TarHeader> = {}): TarEntryInput => {
    const content = Buffer.from(text);
    return { ...plain, path, type: 'file', ...more, size: content.length, content: fromBuffer(content) };
  },
  directory: (path: string, mode = 0o755): TarEntryInput => ({ ...plain, mode, path, type: 'directory' }),
  symlink: (path: string, linkPath: string): TarEntryInput => ({ ...plain, path, type: 'symlink', linkPath }),
  hardlink: (path: string, linkPath: string): TarEntryInput => ({ ...plain, path, type: 'hardlink', linkPath }),
  remove: (path: string): TarEntryInput => ({ ...plain, path: whiteoutOf(path), type: 'file' }),
  opaque: (path: string): TarEntryInput => ({ ...plain, path: opaqueOf(path), type: 'file' }),
} as const;

/** A layer, not compressed and in no store. */
export async function madeLayer(entries: Iterable<TarEntryInput>): Promise<Layer> {
  return layerOfTar(await collect(writeTar(entries), { maxBytes: 1 << 30, what: 'a layer' }));
}

export function layerOfTar(tar: Uint8Array, open: () => Bytes = () => fromBuffer(tar)): Layer {
  const digest = digestOf(tar);
  const descriptor = { mediaType: mediaTypes.ociLayer, digest, size: tar.length };
  return { descriptor, diffId: digest, open: async () => open(), uncompressed: async () => open() };
}

/** Takes every file that starts with `package` for one of an ecosystem without rules: `package NAME VERSION`. */
export const lineCataloger: Cataloger = {
  name: 'line',
  wants: (_, start) => Buffer.from(start.subarray(0, 8)).toString() === 'package ',
  async *read(file) {
    for (const line of (await file.whole()).toString().split('\n')) {
      const [, name, version] = /^package (\S+) (\S+)/.exec(line) ?? [];
      if (name !== undefined && version !== undefined) {
        yield { kind: 'package', package: { type: 'generic', name, version } };
      }
    }
  },
};
