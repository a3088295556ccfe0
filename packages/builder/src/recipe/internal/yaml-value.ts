import { isAbsolute, resolve } from 'node:path';
import { LadingError, nearest } from '@lading/errors';
import type { Document, LineCounter, Node, Pair } from 'yaml';

type Yaml = typeof import('yaml');

interface Source {
  readonly yaml: Yaml;
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
  /** For messages. */
  readonly name: string;
  readonly folder: string;
}

/** Parses one YAML document. Throws RECIPE_INVALID with line and column. */
export async function parseYaml(text: string, name: string, folder: string): Promise<YamlValue> {
  // Loaded when a recipe is read: commands that do not build need not wait for it.
  const yaml = await import('yaml');
  const lines = new yaml.LineCounter();
  const document = yaml.parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const source: Source = { yaml, document, lines, name, folder };
  const [error] = document.errors;
  if (error !== undefined) throw failure(source, error.pos[0], error.message, undefined);
  return new YamlValue(source, document.contents, '');
}

/** A value of a YAML document that knows where it stands. Every reading throws RECIPE_INVALID when the value is of another kind. */
export class YamlValue {
  readonly #source: Source;
  readonly #node: Node | null;
  readonly #path: string;
  readonly #key: Node | undefined;

  constructor(source: Source, node: Node | null, path: string, key?: Node) {
    this.#source = source;
    this.#node = source.yaml.isAlias(node) ? (node.resolve(source.document) ?? null) : node;
    this.#path = path;
    this.#key = key;
  }

  /** The members of a mapping. Keys other than the known ones are errors; `undefined` takes any. */
  members(known?: readonly string[]): Map<string, YamlValue> {
    const { yaml } = this.#source;
    if (!yaml.isMap(this.#node)) throw this.fail('it must be a mapping of keys to values');
    const members = new Map<string, YamlValue>();
    for (const pair of this.#node.items as Pair<Node, Node | null>[]) {
      const key = yaml.isScalar(pair.key) ? String(pair.key.value) : '';
      const path = this.#path === '' ? key : `${this.#path}.${key}`;
      const value = new YamlValue(this.#source, pair.value ?? null, path, pair.key);
      if (known !== undefined && !known.includes(key)) {
        const similar = nearest(key, known);
        throw failure(
          this.#source,
          pair.key.range?.[0],
          `unknown key "${path}"`,
          similar === undefined ? `The keys here are ${known.join(', ')}.` : `Did you mean ${similar}?`,
        );
      }
      members.set(key, value);
    }
    return members;
  }

  items(): YamlValue[] {
    if (!this.#source.yaml.isSeq(this.#node)) throw this.fail('it must be a list');
    return (this.#node.items as Node[]).map(
      (node, index) => new YamlValue(this.#source, node, `${this.#path}[${index}]`),
    );
  }

  isList(): boolean {
    return this.#source.yaml.isSeq(this.#node);
  }

  isMapping(): boolean {
    return this.#source.yaml.isMap(this.#node);
  }

  /** Any scalar but null, as it is written: `1.10` stays "1.10". */
  text(): string {
    const { yaml } = this.#source;
    if (!yaml.isScalar(this.#node) || this.#node.value === null) throw this.fail('it must be text');
    return typeof this.#node.value === 'string' ? this.#node.value : (this.#node.source ?? String(this.#node.value));
  }

  nonEmptyText(): string {
    const text = this.text();
    if (text === '') throw this.fail('it must not be empty');
    return text;
  }

  matching(pattern: RegExp, what: string): string {
    const text = this.nonEmptyText();
    if (!pattern.test(text)) throw this.fail(`"${text.slice(0, 100)}" is not ${what}`);
    return text;
  }

  boolean(): boolean {
    const { yaml } = this.#source;
    if (!yaml.isScalar(this.#node) || typeof this.#node.value !== 'boolean')
      throw this.fail('it must be true or false');
    return this.#node.value;
  }

  /** A number from 0 to `most`. */
  integer(most: number): number {
    const text = this.text();
    const number = /^[0-9]{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (!(number <= most)) throw this.fail(`it must be a whole number from 0 to ${most}`);
    return number;
  }

  /** Permission bits, octal however they are written: 755, 0755, 0o755, "0755". */
  mode(): number {
    const text = this.text();
    const digits = /^(?:0o)?([0-7]{1,5})$/.exec(text)?.[1];
    const mode = digits === undefined ? Number.NaN : Number.parseInt(digits, 8);
    if (!(mode <= 0o7777)) throw this.fail(`"${text.slice(0, 20)}" is not an octal mode`, 'Write it like 0755.');
    return mode;
  }

  oneOf<T extends string>(choices: readonly T[]): T {
    const text = this.text();
    const found = choices.find((choice) => choice === text);
    if (found !== undefined) return found;
    const similar = nearest(text, choices);
    throw this.fail(
      `"${text.slice(0, 100)}" is not one of ${choices.join(', ')}`,
      similar === undefined ? undefined : `Did you mean ${similar}?`,
    );
  }

  /** A path in the image: absolute, without `..`. */
  imagePath(): string {
    const text = this.nonEmptyText();
    if (!isAbsolute(text) || text.split('/').includes('..') || text.includes('\0')) {
      throw this.fail(`"${text.slice(0, 200)}" is not an absolute path in the image`);
    }
    return text;
  }

  /** A path on this machine, relative to the recipe. */
  localPath(): string {
    return resolve(this.#source.folder, this.nonEmptyText());
  }

  /** Throws what is wrong with this value being here. */
  refuse(fault: string): never {
    throw this.fail(fault);
  }

  /** The error to throw about this value. */
  fail(fault: string, hint?: string): LadingError {
    const what = this.#path === '' ? '' : `${this.#path}: `;
    // An absent value has no place of its own: the key's is shown.
    const range = this.#node?.range ?? this.#key?.range;
    return failure(this.#source, range?.[0], what + fault, hint);
  }
}

function failure(source: Source, offset: number | undefined, fault: string, hint: string | undefined): LadingError {
  const place = source.lines.linePos(offset ?? 0);
  // The library says 0 for a place before the first line, as in an empty file.
  const line = Math.max(1, place.line);
  const column = Math.max(1, place.col);
  return new LadingError('RECIPE_INVALID', `Cannot use ${source.name}:${line}:${column}: ${fault}`, {
    hint,
    details: { file: source.name, line, column },
  });
}

/** A member that must be there. Throws RECIPE_INVALID. */
export function required(owner: YamlValue, members: ReadonlyMap<string, YamlValue>, key: string): YamlValue {
  const value = members.get(key);
  if (value === undefined) throw owner.fail(`the key "${key}" is absent`);
  return value;
}
