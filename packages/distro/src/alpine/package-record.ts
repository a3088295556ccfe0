import { LadingError } from '@lading/errors';
import { type AlpineDependency, formatAlpineDependency, parseAlpineDependencies } from './dependency.ts';

/** Keys of `.PKGINFO` and the letters that they have in an index and in the database of what is installed. apk-package(5). */
const letters: Readonly<Record<string, string>> = {
  pkgname: 'P',
  pkgver: 'V',
  arch: 'A',
  size: 'I',
  pkgdesc: 'T',
  url: 'U',
  license: 'L',
  origin: 'o',
  maintainer: 'm',
  builddate: 't',
  commit: 'c',
  provider_priority: 'k',
  depend: 'D',
  provides: 'p',
  install_if: 'i',
  replaces: 'r',
  replaces_priority: 'q',
};

/** The order in which apk writes them; those in upper case also when they are empty. */
const order = ['C', 'P', 'V', 'A', 'S', 'I', 'T', 'U', 'L', 'o', 'm', 't', 'c', 'k', 'D', 'p', 'i'] as const;
const always: ReadonlySet<string> = new Set(['C', 'P', 'V', 'S', 'I', 'T', 'U', 'L']);
const lists: ReadonlySet<string> = new Set(['D', 'p', 'i', 'r']);

/** A package as an index or its own `.PKGINFO` describes it. Lists are parsed when first asked for. */
export class AlpinePackage {
  readonly name: string;
  readonly version: string;
  /** By letter. */
  readonly fields: ReadonlyMap<string, string>;
  /** Where it came from, in the words of who loaded the index. */
  readonly repository: string;
  readonly #lists = new Map<string, readonly AlpineDependency[]>();

  constructor(fields: ReadonlyMap<string, string>, repository = '') {
    this.fields = fields;
    this.repository = repository;
    this.name = fields.get('P') ?? '';
    this.version = fields.get('V') ?? '';
    if (!/^[A-Za-z0-9.][A-Za-z0-9+._-]*$/.test(this.name) || !/^[A-Za-z0-9._~-]+$/.test(this.version)) {
      const name = `${this.name.slice(0, 100)} ${this.version.slice(0, 100)}`;
      throw new LadingError('CONTROL_INVALID', `Cannot read Alpine package "${name}": its name or version is not one`);
    }
  }

  get architecture(): string {
    return this.fields.get('A') ?? 'noarch';
  }

  /** The source package. */
  get origin(): string {
    return this.fields.get('o') ?? this.name;
  }

  /** `Q1` and the SHA-1 of its control part in base64: what apk knows a package by. Empty outside an index. */
  get checksum(): string {
    return this.fields.get('C') ?? '';
  }

  /** Bytes of the package file. */
  get size(): number {
    return Number(this.fields.get('S') ?? Number.NaN);
  }

  /** Bytes, as its builder counted them. */
  get installedSize(): number {
    return Number(this.fields.get('I') ?? 0);
  }

  /** Seconds since 1970. */
  get buildTime(): number {
    return Number(this.fields.get('t') ?? 0);
  }

  /** Among those that provide a name without a version, the highest is taken; 0 is never taken by itself. */
  get providerPriority(): number {
    return Number(this.fields.get('k') ?? 0);
  }

  /** Where two packages replace each other's files, the higher one keeps them. */
  get replacesPriority(): number {
    return Number(this.fields.get('q') ?? 0);
  }

  get depends(): readonly AlpineDependency[] {
    return this.#list('D');
  }

  get provides(): readonly AlpineDependency[] {
    return this.#list('p');
  }

  /** When all of these are there, it comes by itself. */
  get installIf(): readonly AlpineDependency[] {
    return this.#list('i');
  }

  /** Only of the package itself: indexes do not have it. */
  get replaces(): readonly AlpineDependency[] {
    return this.#list('r');
  }

  #list(letter: string): readonly AlpineDependency[] {
    let list = this.#lists.get(letter);
    if (list === undefined) {
      list = parseAlpineDependencies(this.fields.get(letter) ?? '');
      this.#lists.set(letter, list);
    }
    return list;
  }

  toString(): string {
    return `${this.name} ${this.version}`;
  }
}

/** The paragraphs of an `APKINDEX`, or the heads of those of an installed database. Throws CONTROL_INVALID. */
export function* parseAlpineIndex(text: string, repository = ''): Generator<AlpinePackage> {
  for (const paragraph of text.split(/\n\n+/)) {
    const fields = new Map<string, string>();
    for (const line of paragraph.split('\n')) if (line[1] === ':') fields.set(line[0] ?? '', line.slice(2));
    if (fields.size > 0) yield new AlpinePackage(fields, repository);
  }
}

/** What a package says of itself, and nothing of what an index would add. apk-v2(5): `key = value`, a line each. */
export interface PackageInfo {
  readonly fields: ReadonlyMap<string, string>;
  /** 64 hexadecimal digits over the data part as it is stored. */
  readonly dataHash: string | undefined;
  /** Globs of directories whose changes its trigger wants to hear of. */
  readonly triggers: readonly string[];
}

export function parsePackageInfo(text: string): PackageInfo {
  const fields = new Map<string, string>();
  const rest = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, key = '', value = ''] = /^([a-z_]+) = (.*)$/.exec(line) ?? [];
    const letter = letters[key];
    if (letter === undefined) rest.set(key, value);
    else fields.set(letter, lists.has(letter) ? [fields.get(letter) ?? '', value].join(' ').trim() : value);
  }
  return {
    fields,
    dataHash: rest.get('datahash'),
    triggers: (rest.get('triggers') ?? '').split(/\s+/).filter((glob) => glob !== ''),
  };
}

/** The head of a package in the installed database, lines with their ends, as apk writes it. */
export function formatAlpinePackage(one: AlpinePackage): string {
  const value = (letter: string): string => {
    const text = one.fields.get(letter) ?? '';
    return lists.has(letter) ? parseAlpineDependencies(text).map(formatAlpineDependency).join(' ') : text;
  };
  return order
    .map((letter) => [letter, value(letter)] as const)
    .filter(([letter, text]) => text !== '' || always.has(letter))
    .map(([letter, text]) => `${letter}:${text}\n`)
    .join('');
}
