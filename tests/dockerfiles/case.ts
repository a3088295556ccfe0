import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * One Dockerfile, what it is built with, and what comes of it. A case is a text:
 *
 *     A sentence that says what it proves
 *     $ NAME=value lading build --build-arg A=1 .
 *
 *     -- Dockerfile --
 *     FROM scratch
 *     -- folder/run.sh 0755 --
 *     -- folder/empty/ --
 *     -- link -> folder --
 *     -- = tree --
 *
 * The line with `$` may be left out. A section is a file of the context, plain or with its execute bit, or of a folder beside it (`../other/file`); one whose name
 * starts with `=` is what is expected: `= tree` and `= config` as in outcome.ts, `= error` and `= output` lines that must be said.
 */
export interface Case {
  /** `copy/chmod-symbolic` */
  readonly name: string;
  readonly says: string;
  readonly env: Readonly<Record<string, string>>;
  /** What stands behind `lading build`. */
  readonly args: readonly string[];
  readonly files: readonly CaseFile[];
  readonly expected: Readonly<Partial<Record<Expectation, string>>>;
  /** The text up to the first expectation. */
  readonly source: string;
}

export type Expectation = 'tree' | 'config' | 'error' | 'output';

export interface CaseFile {
  readonly path: string;
  readonly mode: number;
  readonly content: { readonly text: string } | { readonly linkTo: string } | 'folder';
}

const header = /^-- (.+) --$/;

export async function readCases(folder: string): Promise<Case[]> {
  const cases: Case[] = [];
  for (const feature of (await readdir(folder)).sort()) {
    for (const file of (await readdir(join(folder, feature))).sort()) {
      const name = `${feature}/${file.replace(/\.case$/, '')}`;
      cases.push(parseCase(name, await readFile(join(folder, feature, file), 'utf8')));
    }
  }
  return cases;
}

export function parseCase(name: string, text: string): Case {
  const lines = text.split('\n');
  const starts = lines.flatMap((line, index) => (header.test(line) ? [index] : []));
  const firstExpectation = starts.find((at) => lines[at]?.startsWith('-- = ')) ?? lines.length;
  const [says = '', command = ''] = lines.slice(0, starts[0]);
  const files: CaseFile[] = [];
  const expected: Partial<Record<Expectation, string>> = {};
  for (const [index, at] of starts.entries()) {
    const title = header.exec(lines[at] ?? '')?.[1] ?? '';
    const body = lines.slice(at + 1, starts[index + 1]);
    const text = body.length === 0 ? '' : `${body.join('\n')}${index === starts.length - 1 ? '' : '\n'}`;
    if (title.startsWith('= ')) expected[title.slice(2) as Expectation] = text;
    else files.push(fileOf(title, text));
  }
  return { name, says, ...commandOf(command), files, expected, source: lines.slice(0, firstExpectation).join('\n') };
}

function fileOf(title: string, text: string): CaseFile {
  const [path = '', linkTo] = title.split(' -> ');
  if (linkTo !== undefined) return { path, mode: 0o777, content: { linkTo } };
  const [, name = title, mode] = /^(.*) (0[0-7]{3,4})$/.exec(title) ?? [];
  if (name.endsWith('/')) return { path: name, mode: Number.parseInt(mode ?? '0755', 8), content: 'folder' };
  return { path: name, mode: Number.parseInt(mode ?? '0644', 8), content: { text } };
}

/** Words between spaces; single quotes hold one together. */
function commandOf(line: string): Pick<Case, 'env' | 'args'> {
  if (!line.startsWith('$ ')) return { env: {}, args: ['.'] };
  const words = [...line.slice(2).matchAll(/(?:'[^']*'|[^\s'])+/g)].map(([word]) => word.replaceAll("'", ''));
  const program = words.indexOf('lading');
  const pairs = words.slice(0, program).map((word) => [word.split('=')[0] ?? '', word.replace(/^[^=]*=/, '')] as const);
  return { env: Object.fromEntries(pairs), args: words.slice(program + 2) };
}
