import { throwIfAborted } from '@lading/errors';
import { openElf } from '../../elf/elf.ts';
import { part, type RandomAccess } from '../../random-access.ts';
import type { CatalogedFile } from '../cataloger.ts';
import type { KnownProgram } from './programs.ts';

const CHUNK_BYTES = 1 << 20;
/** A version and what stands around it have less. */
const CONTEXT_BYTES = 256;
const MAX_TEXT_BYTES = 64 << 10;
/** Real programs have a few dozen of any anchor. */
const MAX_OCCURRENCES = 1000;
/** Versions that are searched for once more, each in another pass. */
const MAX_CANDIDATES = 4;
/** Sections where compilers put what does not change. */
const CONSTANTS = new Set(['.rodata', '.rdata', '.data', '.data.rel.ro']);

/** The version that a file says it has; undefined when it does not, or not clearly. `groups` are those of the file's name. */
export async function findVersion(
  file: CatalogedFile,
  program: KnownProgram,
  groups: readonly string[],
): Promise<string | undefined> {
  const anchor = Buffer.from(program.anchor.replace('$1', groups[0] ?? '$1'), 'latin1');
  const version = new RegExp(program.version.replace('$1', (groups[0] ?? '').replaceAll('.', '\\.') || '$1'));
  if (program.text !== undefined) return version.exec((await file.read(0, MAX_TEXT_BYTES)).toString())?.[1];
  let candidates = 0;
  for (const constants of await constantsOf(file)) {
    for await (const text of around(constants, anchor, file.signal)) {
      const found = version.exec(text)?.[1];
      if (found === undefined) continue;
      if (program.alone !== true || (await standsAlone(constants, found, file.signal))) return found;
      if (++candidates === MAX_CANDIDATES) return undefined;
    }
  }
  return undefined;
}

async function constantsOf(file: CatalogedFile): Promise<readonly RandomAccess[]> {
  const elf = await openElf(file);
  if (elf === undefined) return [];
  if (elf.sections.length === 0) return [file];
  return elf.sections.filter(({ name }) => CONSTANTS.has(name)).map(({ offset, size }) => part(file, offset, size));
}

async function standsAlone(source: RandomAccess, text: string, signal: AbortSignal | undefined): Promise<boolean> {
  for await (const _ of around(source, Buffer.from(`\0${text}\0`), signal)) return true;
  return false;
}

/** What stands around each occurrence of an anchor; one pass, in which every byte is looked at once. */
async function* around(
  source: RandomAccess,
  anchor: Buffer,
  signal: AbortSignal | undefined,
): AsyncGenerator<string, void, undefined> {
  let before: Buffer = Buffer.alloc(0);
  let occurrences = 0;
  for (let offset = 0; offset < source.size; offset += CHUNK_BYTES) {
    throwIfAborted(signal);
    const chunk = await source.read(offset, CHUNK_BYTES);
    const bytes = before.length === 0 ? chunk : Buffer.concat([before, chunk]);
    // What begins in the last bytes is found with the next chunk, and its surroundings with it.
    const last = offset + CHUNK_BYTES >= source.size ? bytes.length : bytes.length - CONTEXT_BYTES;
    const first = Math.min(before.length, CONTEXT_BYTES);
    for (let at = bytes.indexOf(anchor, first); at !== -1 && at < last; at = bytes.indexOf(anchor, at + 1)) {
      if (++occurrences > MAX_OCCURRENCES) return;
      yield bytes.toString('latin1', Math.max(0, at - CONTEXT_BYTES), at + CONTEXT_BYTES);
    }
    before = bytes.subarray(Math.max(0, bytes.length - 2 * CONTEXT_BYTES));
  }
}
