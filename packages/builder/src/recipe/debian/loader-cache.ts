import { posix } from 'node:path';
import type { Spool } from '../../internal/spool.ts';
import type { RootTree } from '../root-tree.ts';
import { readSharedObject } from './shared-object.ts';

/** What ldconfig calls the libraries of an architecture: word size, machine and ABI as one number. glibc, `ldconfig.h`. */
const kinds: Readonly<Record<string, { readonly bits: 32 | 64; readonly machine: number; readonly flags: number }>> = {
  amd64: { bits: 64, machine: 62, flags: 0x0303 },
  arm64: { bits: 64, machine: 183, flags: 0x0a03 },
  armhf: { bits: 32, machine: 40, flags: 0x0903 },
  i386: { bits: 32, machine: 3, flags: 0x0003 },
  ppc64el: { bits: 64, machine: 21, flags: 0x0503 },
  riscv64: { bits: 64, machine: 243, flags: 0x1003 },
};

const HEADER_BYTES = 48;
const ENTRY_BYTES = 24;
const LITTLE_ENDIAN = 2;

interface Library {
  readonly name: string;
  readonly path: string;
}

/**
 * Writes /etc/ld.so.cache as ldconfig does: where the loader finds libraries, by the folders of /etc/ld.so.conf and its own. Where the
 * architecture's libraries have no name here, it is left out, and the loader searches its own folders. Variants of libraries by processor
 * (`glibc-hwcaps`) are not in it.
 */
export async function writeLoaderCache(tree: RootTree, architecture: string, spool: Spool): Promise<void> {
  const kind = kinds[architecture];
  const configured = await foldersOf(tree, 'etc/ld.so.conf', spool);
  if (kind === undefined || configured === undefined) return;
  const libraries: Library[] = [];
  const seen = new Set<string>();
  for (const folder of [...configured, '/lib', '/usr/lib']) {
    const place = tree.resolve(folder.slice(1), true);
    if (seen.has(place)) continue;
    seen.add(place);
    const names = new Set<string>();
    for (const name of tree.list(place)) {
      if (!/^(?:lib|ld-).*\.so/.test(name)) continue;
      const file = tree.get(tree.resolve(`${place}/${name}`, true));
      if (file?.type !== 'file' || file.content === undefined || Buffer.isBuffer(file.content)) continue;
      const object = await readSharedObject(file.content, spool);
      if (object?.bits !== kind.bits || object.machine !== kind.machine) continue;
      const { soname = name } = object;
      // A link is found by its own name only if that is what linkers look for, libx.so of libx.so.1.
      const isOwn = tree.get(`${place}/${name}`)?.type === 'symlink' && name.endsWith('.so') && soname.startsWith(name);
      names.add(isOwn ? name : soname);
    }
    for (const name of names) libraries.push({ name, path: `${folder}/${name}` });
  }
  libraries.sort((a, b) => compareLibraries(b.name, a.name));
  tree.addFile('etc/ld.so.cache', format(libraries, kind.flags));
}

/** Folders in the order of the file, with those of the files that it includes. ldconfig(8). */
async function foldersOf(tree: RootTree, path: string, spool: Spool): Promise<string[] | undefined> {
  const text = (await tree.read(path, spool))?.toString('utf8');
  if (text === undefined) return undefined;
  const folders: string[] = [];
  for (const line of text.split('\n').map((one) => one.replace(/#.*/, '').trim())) {
    const [, pattern] = /^include\s+\/(.+)$/.exec(line) ?? [];
    if (pattern !== undefined) {
      const folder = pattern.slice(0, pattern.lastIndexOf('/'));
      for (const name of tree.list(folder)) {
        if (posix.matchesGlob(name, pattern.slice(folder.length + 1)))
          folders.push(...((await foldersOf(tree, `${folder}/${name}`, spool)) ?? []));
      }
    } else if (line.startsWith('/')) folders.push(line.replace(/\/+$/, ''));
  }
  return folders;
}

// glibc, `dl-cache.c` _dl_cache_libcmp(): numbers as numbers, and after everything else.
function compareLibraries(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.match(/[0-9]+|[^0-9]/g) ?? []);
  for (let at = 0; at < Math.max(left?.length ?? 0, right?.length ?? 0); at++) {
    const [one = '', other = ''] = [left?.[at], right?.[at]];
    const [first, second] = [/^[0-9]/.test(one), /^[0-9]/.test(other)];
    const difference =
      first && second
        ? Number(one) - Number(other)
        : first || second
          ? Number(first) - Number(second)
          : compareText(one, other);
    if (difference !== 0) return difference;
  }
  return 0;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** glibc, `dl-cache.h`: the format glibc-ld.so.cache1.1. The loader searches it by halves, from the last name to the first. */
function format(libraries: readonly Library[], flags: number): Buffer {
  const start = HEADER_BYTES + libraries.length * ENTRY_BYTES;
  const strings = Buffer.from(libraries.map(({ path }) => `${path}\0`).join(''), 'latin1');
  const table = Buffer.alloc(start);
  table.write('glibc-ld.so.cache1.1', 'latin1');
  table.writeUInt32LE(libraries.length, 20);
  table.writeUInt32LE(strings.length, 24);
  table.writeUInt8(LITTLE_ENDIAN, 28);
  let at = start;
  for (const [index, { name, path }] of libraries.entries()) {
    const entry = HEADER_BYTES + index * ENTRY_BYTES;
    table.writeInt32LE(flags, entry);
    // The name is the end of the path.
    table.writeUInt32LE(at + path.length - name.length, entry + 4);
    table.writeUInt32LE(at, entry + 8);
    at += path.length + 1;
  }
  return Buffer.concat([table, strings]);
}
