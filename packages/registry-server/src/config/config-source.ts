import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { LadingError, messageOf, Secret } from '@lading/errors';
import {
  type Document,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml';

/** Where a value stands: keys and indexes from the top of the file. */
export type ConfigPath = readonly (string | number)[];

/** The file behind a configuration, for what has to be said of a value or looked up for it. */
export interface ConfigSource {
  readonly name: string;
  /** A path of the file, absolute: relative ones count from the folder that the file lies in. */
  file(path: string): string;
  /** An error that names the file, line and column of the value. With `key`, of that key in it. */
  fail(path: ConfigPath, message: string, options?: FailOptions): LadingError;
  /** What a `secretReference` refers to, without a line break at its end. Throws CONFIGURATION_INVALID. */
  secret(reference: { readonly file: string } | { readonly env: string }, path: ConfigPath): Promise<Secret>;
}

export interface FailOptions {
  readonly hint?: string | undefined;
  readonly cause?: unknown;
  readonly key?: string | undefined;
}

export interface ParsedConfig {
  /** Plain data. `undefined` for an empty file. */
  readonly value: unknown;
  readonly source: ConfigSource;
}

/** Reads YAML. `env` is where secrets are looked up. Throws CONFIGURATION_INVALID. */
export function parseConfigText(
  text: string,
  options: { readonly name: string; readonly folder: string; readonly env?: NodeJS.ProcessEnv | undefined },
): ParsedConfig {
  const { name, folder, env = process.env } = options;
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${name}:${line}:${col}`;
  };
  const fail: ConfigSource['fail'] = (path, message, { hint, cause, key } = {}) => {
    const offset = offsetOf(document, path, key);
    const where = [...path, ...(key === undefined ? [] : [key])];
    const { line, col } = lines.linePos(offset);
    return new LadingError(
      'CONFIGURATION_INVALID',
      `Cannot use ${at(offset)}: ${where.length === 0 ? '' : `${dotted(where)}: `}${message}`,
      { hint, cause, details: { file: name, line, column: col, path: dotted(where) } },
    );
  };
  const unreadable = (offset: number, message: string, hint: string): LadingError => {
    const { line, col } = lines.linePos(offset);
    return new LadingError('CONFIGURATION_INVALID', `Cannot read ${at(offset)}: ${message}`, {
      hint,
      details: { file: name, line, column: col },
    });
  };
  const [error] = document.errors;
  // Patterns are full of stars, and a text that begins with one is something else in YAML.
  const quotes = 'A text that begins with * stands in quotes, such as "**".';
  if (error !== undefined) {
    throw unreadable(error.pos[0], error.message, error.code === 'BAD_ALIAS' ? quotes : 'The file must be YAML.');
  }
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document) !== undefined) return;
      throw unreadable(alias.range?.[0] ?? 0, `there is no anchor &${alias.source} for *${alias.source}`, quotes);
    },
  });
  const file = (path: string): string => resolve(folder, path);
  const source: ConfigSource = {
    name,
    file,
    fail,
    async secret(reference, path) {
      if ('env' in reference) {
        const value = env[reference.env];
        if (value === undefined || value === '') {
          throw fail(path, `the environment variable ${reference.env} is not set`);
        }
        return new Secret(value);
      }
      try {
        return new Secret((await readFile(file(reference.file), 'utf8')).replace(/\r?\n$/, ''));
      } catch (cause) {
        throw fail(path, `the file ${file(reference.file)} cannot be read: ${messageOf(cause)}`, { cause });
      }
    },
  };
  return { value: document.contents === null ? undefined : document.toJS({ maxAliasCount: 100 }), source };
}

/** The place of a value, or of one of its keys; the nearest place above it when it is not there. */
function offsetOf(document: Document.Parsed, path: ConfigPath, key: string | undefined): number {
  let node: Node | null = document.contents;
  let offset = node?.range?.[0] ?? 0;
  const steps = key === undefined ? path : [...path, key];
  for (const [index, step] of steps.entries()) {
    const wantsKey = key !== undefined && index === steps.length - 1;
    let next: unknown;
    if (isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === step);
      if (pair === undefined) return offset;
      if (wantsKey || !isNode(pair.value)) offset = (pair.key as Node).range?.[0] ?? offset;
      next = pair.value;
    } else if (isSeq(node)) next = node.items[Number(step)];
    if (wantsKey || !isNode(next)) return offset;
    node = next;
    offset = node.range?.[0] ?? offset;
  }
  return offset;
}

/** `upstreams[0].url` */
function dotted(path: ConfigPath): string {
  return path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('');
}
