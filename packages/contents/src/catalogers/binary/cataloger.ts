import type { TarHeader } from '@lading/tar';
import { isElf } from '../../elf/elf.ts';
import type { CatalogedFile, Cataloger, Fact } from '../cataloger.ts';
import { findVersion } from './find-version.ts';
import { type KnownProgram, programs } from './programs.ts';

/** Runtimes and servers that are known by what their files hold, as no package manager tells of them. */
export const binaryCataloger: Cataloger = {
  name: 'binary',
  wants(file: TarHeader, start: Uint8Array): boolean {
    if (!candidate.test(file.path)) return false;
    const program = identify(file.path)?.program;
    return program !== undefined && (program.text === true ? startsAsTold(program, start) : isElf(start));
  },
  async *read(file: CatalogedFile): AsyncGenerator<Fact, void, undefined> {
    const known = identify(file.path);
    if (known === undefined) return;
    const version = await findVersion(file, known.program, known.groups);
    const name = known.program.name.replace('$1', known.groups[0] ?? '');
    if (version !== undefined) yield { kind: 'package', package: { type: 'generic', name, version } };
  },
};

/** `^` in the table is the start of the path or of one of its parts. */
const table = programs.map((program) => ({
  program,
  path: new RegExp(`(?:^|/)${program.file.source.slice(1)}`),
}));

/** All names at once: almost no file has one of them. */
const candidate = new RegExp(table.map(({ path }) => path.source).join('|'));

function identify(path: string): { program: KnownProgram; groups: readonly string[] } | undefined {
  for (const { program, path: pattern } of table) {
    const match = pattern.exec(path);
    if (match !== null) return { program, groups: match.slice(1) };
  }
  return undefined;
}

/** Many folders have a file `release`; that of a JDK begins with lines of its own. */
function startsAsTold({ name }: KnownProgram, start: Uint8Array): boolean {
  return name !== 'openjdk' || /^[A-Z_]+="/.test(Buffer.from(start.subarray(0, 64)).toString('latin1'));
}
