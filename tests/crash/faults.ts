// Faults that can be planted into the stores: one for each sync there is, and each rename by which something whole appears at once. They are
// looked for in the sources, so a sync that is added is one more fault, and the harness has to notice when it is missing.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Replaces a part of a source file. */
export interface Fault {
  /** Relative to the root of the project. */
  readonly file: string;
  readonly line: number;
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** What stands there. */
  readonly before: string;
  /** The line that it stands in. */
  readonly code: string;
}

const sources = [
  'packages/store/src/{directory,layout,internal,journal}/*.ts',
  'packages/catalog/src/open-catalog.ts',
  'packages/catalog/src/database/sqlite.ts',
];
const promises = "import('node:fs/promises')";

/** What a call is replaced by, given its arguments. */
const calls: readonly (readonly [pattern: RegExp, replacement: (args: string) => string])[] = [
  [/(?<!function )\b(?:syncFolder|syncBlobName)\(/g, () => 'Promise.resolve()'],
  [/[\w.#]+\.(?:datasync|sync)\(/g, () => 'Promise.resolve()'],
  [
    /(?<!function )\bmakeFolder\(/g,
    (args) => `${promises}.then((fs) => fs.mkdir(${args}, { recursive: true })).then(() => {})`,
  ],
];
/** Renames count where they make something appear whole; elsewhere they hand files from one owner to the next. */
const publishing = /\/(?:durable-file|blob-files)\.ts$/;
const texts: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/'FULL'/g, "'NORMAL'"],
  [/PRAGMA wal_checkpoint\(PASSIVE\)/g, 'SELECT 1'],
];

export function findFaults(root: string, within: readonly string[] = sources): readonly Fault[] {
  const files = globSync([...within], { cwd: root }).filter((file) => !file.endsWith('.test.ts'));
  return files.sort().flatMap((file) => {
    const source = readFileSync(join(root, file), 'utf8');
    const rename = [/\brename\(/g, (args: string) => `${promises}.then((fs) => fs.copyFile(${args}))`] as const;
    const found: Fault[] = [];
    const add = (start: number, end: number, text: string): void => {
      const line = source.slice(0, start).split('\n').length;
      const code = source.split('\n')[line - 1]!.trim();
      found.push({ file, line, start, end, text, before: source.slice(start, end), code });
    };
    for (const [pattern, replacement] of publishing.test(file) ? [...calls, rename] : calls) {
      for (const match of source.matchAll(pattern)) {
        const open = match.index + match[0].length;
        const close = closingBracket(source, open);
        if (!isComment(source, match.index)) add(match.index, close + 1, replacement(source.slice(open, close)));
      }
    }
    for (const [pattern, replacement] of texts) {
      for (const match of source.matchAll(pattern)) add(match.index, match.index + match[0].length, replacement);
    }
    return found.sort((a, b) => a.start - b.start);
  });
}

function closingBracket(source: string, from: number): number {
  for (let at = from, depth = 1; at < source.length; at++) {
    if (source[at] === '(') depth++;
    else if (source[at] === ')' && --depth === 0) return at;
  }
  throw new Error('a bracket is not closed');
}

function isComment(source: string, at: number): boolean {
  return /^\s*(?:\/\/|\/?\*)/.test(source.slice(source.lastIndexOf('\n', at) + 1, at));
}

export function nameOf({ file, line, before }: Fault): string {
  return `${file}:${line} without ${before}`;
}
