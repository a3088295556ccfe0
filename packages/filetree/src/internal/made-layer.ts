import { type Bytes, collect, fromBuffer } from '@lading/bytes';
import { type TarEntryInput, type TarHeader, writeTar } from '@lading/tar';
import { type Layer, readLayer } from '../layer.ts';

const plain = { mode: 0o644, uid: 0, gid: 0, size: 0, mtime: 1_600_000_000 } as const;

/** Entries in one line each, for tests. */
export const entry = {
  file: (path: string, text = '', more: Partial<TarHeader> = {}): TarEntryInput => {
    const content = Buffer.from(text);
    return { ...plain, path, type: 'file', ...more, size: content.length, content: fromBuffer(content) };
  },
  directory: (path: string, more: Partial<TarHeader> = {}): TarEntryInput => ({
    ...plain,
    mode: 0o755,
    path,
    type: 'directory',
    ...more,
  }),
  symlink: (path: string, linkPath: string): TarEntryInput => ({
    ...plain,
    mode: 0o777,
    path,
    type: 'symlink',
    linkPath,
  }),
  hardlink: (path: string, linkPath: string): TarEntryInput => ({ ...plain, path, type: 'hardlink', linkPath }),
  device: (path: string, deviceMajor: number, deviceMinor: number): TarEntryInput => ({
    ...plain,
    path,
    type: 'character',
    deviceMajor,
    deviceMinor,
  }),
};

/** The uncompressed tar of a layer. */
export async function layerTar(entries: Iterable<TarEntryInput> | AsyncIterable<TarEntryInput>): Promise<Buffer> {
  return collect(writeTar(entries), { maxBytes: 256 << 20, what: 'a layer' });
}

export async function layerOf(...entries: TarEntryInput[]): Promise<Layer> {
  return readLayer(fromBuffer(await layerTar(entries)));
}

export async function textOf(content: Bytes): Promise<string> {
  return (await collect(content, { maxBytes: 1 << 20, what: 'a file' })).toString();
}
