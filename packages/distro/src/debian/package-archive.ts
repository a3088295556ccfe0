import type { Bytes } from '@lading/bytes';
import { LadingError } from '@lading/errors';
import { readAr } from './ar.ts';

/** How a part of a package is compressed, by the end of its member's name. deb(5). */
export type PackageCompression = 'none' | 'gzip' | 'xz' | 'zstd' | 'bzip2' | 'lzma';

/** One tar archive of a `.deb`: first `control`, then `data`. */
export interface PackagePart {
  readonly part: 'control' | 'data';
  readonly compression: PackageCompression;
  /** As stored; use it before the next part is asked for. */
  readonly content: Bytes;
}

const compressions: Readonly<Record<string, PackageCompression>> = {
  '': 'none',
  '.gz': 'gzip',
  '.xz': 'xz',
  '.zst': 'zstd',
  '.bz2': 'bzip2',
  '.lzma': 'lzma',
};

/**
 * The two archives inside a `.deb`, in their order. deb(5): `debian-binary` with `2.x` first, then `control.tar.*`, then
 * `data.tar.*`; members whose name starts with `_` are for future use and read over. Throws PACKAGE_INVALID.
 */
export async function* readPackageArchive(bytes: Bytes): AsyncIterable<PackagePart> {
  const expected = ['debian-binary', 'control', 'data'];
  for await (const member of readAr(bytes)) {
    if (expected.length === 0) return;
    if (member.name.startsWith('_')) continue;
    const wanted = expected.shift() ?? '';
    if (wanted === 'debian-binary') {
      if (member.name !== wanted) throw invalid(`its first member is "${member.name}", not "debian-binary"`);
      const version = await textOf(member.content, 64);
      if (!version.startsWith('2.')) throw invalid(`its format is "${version.trim()}", not 2.x`);
      continue;
    }
    const match = /^(control|data)\.tar(\.[a-z0-9]+)?$/.exec(member.name);
    const compression = compressions[match?.[2] ?? ''];
    if (match === null || match[1] !== wanted || compression === undefined) {
      throw invalid(`it has "${member.name}" in the place of ${wanted}.tar`);
    }
    yield { part: wanted as 'control' | 'data', compression, content: member.content };
  }
  if (expected.length > 0) throw invalid(`it ends before ${expected[0]}`);
}

async function textOf(bytes: Bytes, maxBytes: number): Promise<string> {
  let text = '';
  for await (const chunk of bytes) {
    text += Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1');
    if (text.length > maxBytes) throw invalid('its debian-binary member is too long');
  }
  return text;
}

function invalid(fault: string): LadingError {
  return new LadingError('PACKAGE_INVALID', `Cannot read a Debian package: ${fault}`);
}
