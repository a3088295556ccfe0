import { LadingError, messageOf } from '@lading/errors';
import { parse, stringify } from 'smol-toml';

export type TomlTable = Readonly<Record<string, unknown>>;

/** Reads TOML 1.0. `what` names the text in errors: `buildpack.toml of ./node`. Throws BUILDPACK_INVALID with line and column. */
export function parseToml(text: string, what: string): TomlTable {
  try {
    return parse(text);
  } catch (cause) {
    const [first = ''] = messageOf(cause).split('\n');
    const { line, column } = cause as { line?: number; column?: number };
    const place = line === undefined ? '' : ` (line ${line}, column ${column})`;
    throw invalid(what, `${first.replace(/^Invalid TOML document: /, '')}${place}`, cause);
  }
}

export function formatToml(table: TomlTable): string {
  const text = stringify(table);
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}

export function textAt(table: TomlTable, key: string, what: string): string | undefined {
  return valueAt(table, key, what, 'a string', (value): value is string => typeof value === 'string');
}

export function flagAt(table: TomlTable, key: string, what: string): boolean {
  return valueAt(table, key, what, 'true or false', (value): value is boolean => typeof value === 'boolean') ?? false;
}

export function tableAt(table: TomlTable, key: string, what: string): TomlTable {
  return valueAt(table, key, what, 'a table', isTable) ?? {};
}

export function tablesAt(table: TomlTable, key: string, what: string): readonly TomlTable[] {
  const isTables = (value: unknown): value is TomlTable[] => Array.isArray(value) && value.every(isTable);
  return valueAt(table, key, what, 'an array of tables', isTables) ?? [];
}

export function textsAt(table: TomlTable, key: string, what: string): readonly string[] {
  const isTexts = (value: unknown): value is string[] =>
    Array.isArray(value) && value.every((item) => typeof item === 'string');
  return valueAt(table, key, what, 'an array of strings', isTexts) ?? [];
}

/** Throws BUILDPACK_INVALID when it is absent or empty. */
export function requiredTextAt(table: TomlTable, key: string, what: string): string {
  const text = textAt(table, key, what);
  if (text === undefined || text === '') throw invalid(what, `"${key}" is missing`);
  return text;
}

export function invalid(what: string, fault: string, cause?: unknown): LadingError {
  return new LadingError('BUILDPACK_INVALID', `Cannot read ${what}: ${fault}`, {
    hint: 'The buildpack specification says what the file has to hold; ask who wrote the buildpack.',
    ...(cause === undefined ? {} : { cause }),
  });
}

function isTable(value: unknown): value is TomlTable {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function valueAt<T>(
  table: TomlTable,
  key: string,
  what: string,
  kind: string,
  is: (value: unknown) => value is T,
): T | undefined {
  const value = table[key];
  if (value === undefined || is(value)) return value;
  throw invalid(what, `"${key}" is not ${kind}`);
}
