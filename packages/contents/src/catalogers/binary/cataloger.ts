import type { TarHeader } from '@lading/tar';
import { isElf } from '../../elf/elf.ts';
import type { CatalogedFile, Cataloger, Fact } from '../cataloger.ts';
import { findVersion } from './find-version.ts';
import { type KnownProgram, programs } from './programs.ts';

/** Runtimes and servers that are known by what their files hold, as no package manager tells of them. */
export const binaryCataloger: Cataloger = {
  name: 'binary',
  wants(file: TarHeader, start: Uint8Array): boolean {
    // Almost no file is either, and what is asked for each must not cost.
    const elf = isElf(start);
    if (!elf && !texts.has(nameOf(file.path))) return false;
    const program = identify(file.path)?.program;
    return program !== undefined && (program.text === undefined ? elf : startsAsTold(program, start));
  },
  async *read(file: CatalogedFile): AsyncGenerator<Fact, void, undefined> {
    const known = identify(file.path);
    if (known === undefined) return;
    const version = await findVersion(file, known.program, known.groups);
    const name = known.program.name.replace('$1', known.groups[0] ?? '');
    if (version !== undefined) yield { kind: 'package', package: { type: 'generic', name, version } };
  },
};

/** ELF files are known by their own name, text files by those of their folders too: there, `^` is the start of any part of the path. */
const table = programs.map((program) => {
  const { file, text } = program;
  return { program, pattern: text === undefined ? file : new RegExp(`(?:^|/)${file.source.slice(1)}`) };
});

const texts = new Set(programs.flatMap(({ text }) => text ?? []));

function identify(path: string): { program: KnownProgram; groups: readonly string[] } | undefined {
  const name = nameOf(path);
  const isText = texts.has(name);
  for (const { program, pattern } of table) {
    if ((program.text !== undefined) !== isText) continue;
    const match = pattern.exec(isText ? path : name);
    if (match !== null) return { program, groups: match.slice(1) };
  }
  return undefined;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Many folders have a file `release`; that of a JDK begins with lines of its own. */
function startsAsTold({ name }: KnownProgram, start: Uint8Array): boolean {
  return name !== 'openjdk' || /^[A-Z_]+="/.test(Buffer.from(start.subarray(0, 64)).toString('latin1'));
}
