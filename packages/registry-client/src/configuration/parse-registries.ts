import { LadingError } from '@lading/errors';
import type { MirrorRule, RegistriesConfiguration, RegistryRule } from './registry-rule.ts';

type Table = Readonly<Record<string, unknown>>;

/** What one file says; without `credentialHelpers` it says nothing about them. */
export interface RegistriesFile extends Omit<RegistriesConfiguration, 'credentialHelpers'> {
  readonly credentialHelpers?: readonly string[] | undefined;
}

/**
 * Reads the text of a registries.conf, version 2, or of the old version 1 where that is allowed. What it says of names without a registry
 * (`unqualified-search-registries`, `aliases`) is not used: a Reference always has its registry. Throws CONFIGURATION_INVALID.
 * containers-registries.conf(5).
 */
export async function parseRegistries(
  text: string,
  path: string,
  { version1 = false }: { readonly version1?: boolean } = {},
): Promise<RegistriesFile> {
  const whole = await parseToml(text, path);
  const reader = new Reader(path);
  const old = reader.table(whole, 'registries');
  const tables = reader.tables(whole, 'registry');
  if (old !== undefined) {
    if (!version1 || tables.length > 0) {
      throw reader.invalid(
        '[registries] is of version 1, which may stand neither beside [[registry]] nor in a drop-in',
      );
    }
    return { rules: oldRules(reader, old) };
  }
  const rules = new Map<string, RegistryRule>();
  for (const table of tables) {
    const rule = readRule(reader, table);
    // Of several for one prefix the first counts.
    if (!rules.has(rule.prefix)) rules.set(rule.prefix, rule);
  }
  return { rules: [...rules.values()], credentialHelpers: reader.texts(whole, 'credential-helpers') };
}

function readRule(reader: Reader, table: Table): RegistryRule {
  const location = reader.place(table, 'location');
  const prefix = reader.place(table, 'prefix') || location;
  if (prefix === '') throw reader.invalid('a [[registry]] has neither prefix nor location');
  if (prefix.startsWith('*.') && /[/@:]/.test(prefix)) {
    throw reader.invalid(`the prefix "${prefix}" has more than a host after "*."`);
  }
  if (location === '' && !prefix.startsWith('*.')) {
    throw reader.invalid(`the prefix "${prefix}" has no location; only one that starts with "*." may do without`);
  }
  if (table['pull-from-mirror'] !== undefined) {
    throw reader.invalid(`"${prefix}" has pull-from-mirror, which is for its mirrors`);
  }
  const digestOnly = reader.flag(table, 'mirror-by-digest-only');
  return {
    prefix,
    location,
    insecure: reader.flag(table, 'insecure'),
    blocked: reader.flag(table, 'blocked'),
    mirrors: reader.tables(table, 'mirror').map((mirror) => readMirror(reader, mirror, prefix, digestOnly)),
  };
}

function readMirror(reader: Reader, table: Table, prefix: string, digestOnly: boolean): MirrorRule {
  const location = reader.place(table, 'location');
  if (location === '') throw reader.invalid(`a mirror of "${prefix}" has no location`);
  const pulls = reader.text(table, 'pull-from-mirror');
  if (digestOnly && pulls !== '') {
    throw reader.invalid(`"${prefix}" has mirror-by-digest-only, and its mirror ${location} pull-from-mirror`);
  }
  if (pulls !== '' && pulls !== 'all' && pulls !== 'digest-only' && pulls !== 'tag-only') {
    throw reader.invalid(`pull-from-mirror of ${location} is neither all, digest-only nor tag-only`);
  }
  return { location, insecure: reader.flag(table, 'insecure'), pulls: digestOnly ? 'digest-only' : pulls || 'all' };
}

/** Version 1 knows lists of registries only. */
function oldRules(reader: Reader, old: Table): RegistryRule[] {
  const listed = (name: string): Set<string> =>
    new Set(reader.texts(reader.table(old, name) ?? {}, 'registries') ?? []);
  const insecure = listed('insecure');
  const blocked = listed('block');
  return [...insecure.union(blocked)].map((location) => ({
    prefix: location,
    location,
    insecure: insecure.has(location),
    blocked: blocked.has(location),
    mirrors: [],
  }));
}

/** A line that is neither empty nor a comment nor a short name: `"app" = "registry.example.org/team/app"`. */
const meaningful = /^(?![ \t]*(?:#.*|"[^"\\]*"[ \t]*=[ \t]*"[^"\\]*"[ \t]*(?:#.*)?|\[aliases\][ \t]*)?\r?$)/m;

async function parseToml(text: string, path: string): Promise<Table> {
  // Distributions ship files with nothing else; loading the reader takes longer than the start of the command line.
  if (!meaningful.test(text)) return {};
  const { parse, TomlError } = await import('smol-toml');
  try {
    return parse(text);
  } catch (cause) {
    const where = cause instanceof TomlError ? ` at line ${cause.line}, column ${cause.column}` : '';
    throw new Reader(path).invalid(`it is not TOML${where}`, cause);
  }
}

/** Members of tables, of the type they must have. */
class Reader {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  invalid(why: string, cause?: unknown): LadingError {
    return new LadingError('CONFIGURATION_INVALID', `Cannot read configuration from ${this.#path}: ${why}`, {
      cause,
      hint: 'Correct that file; containers-registries.conf(5) tells how.',
      details: { path: this.#path },
    });
  }

  flag(table: Table, name: string): boolean {
    const value = table[name] ?? false;
    if (typeof value !== 'boolean') throw this.invalid(`${name} is neither true nor false`);
    return value;
  }

  /** Empty when absent. */
  text(table: Table, name: string): string {
    const value = table[name] ?? '';
    if (typeof value !== 'string') throw this.invalid(`${name} is not a text`);
    return value;
  }

  place(table: Table, name: string): string {
    const value = this.text(table, name).replace(/\/+$/, '');
    if (/^https?:\/\//.test(value)) throw this.invalid(`${name} "${value}" starts with a scheme`);
    return value;
  }

  texts(table: Table, name: string): readonly string[] | undefined {
    const value = table[name];
    if (value === undefined) return undefined;
    if (!Array.isArray(value) || value.some((each) => typeof each !== 'string')) {
      throw this.invalid(`${name} is not a list of texts`);
    }
    return value as string[];
  }

  table(table: Table, name: string): Table | undefined {
    const value = table[name];
    if (value === undefined || isTable(value)) return value;
    throw this.invalid(`${name} is not a table`);
  }

  tables(table: Table, name: string): readonly Table[] {
    const value = table[name] ?? [];
    if (!Array.isArray(value) || !value.every(isTable)) throw this.invalid(`${name} is not a list of tables`);
    return value;
  }
}

function isTable(value: unknown): value is Table {
  return value !== null && typeof value === 'object' && !Array.isArray(value) && !(value instanceof Date);
}
