import { Paragraph } from './control.ts';
import { PackageRecord } from './package-record.ts';
import { type Relation, versionSatisfies } from './relation.ts';
import { compareDebianVersions } from './version.ts';

interface Span {
  readonly raw: string;
  readonly start: number;
  readonly end: number;
  readonly origin: string;
  record: PackageRecord | undefined;
}

/** A package that satisfies a relation, by its own name or by what it provides. */
export interface Candidate {
  readonly package: PackageRecord;
  readonly virtual: boolean;
}

/**
 * The packages of one or more `Packages` files. Adding a file notes where each paragraph lies and what it is called; the rest
 * of a paragraph is parsed when somebody asks for it. A file stays in memory as it is (50 MB for a Debian suite's `main`).
 */
export class PackageIndex {
  readonly #byName = new Map<string, Span[]>();
  readonly #providers = new Map<string, Span[]>();
  readonly #essential = new Set<string>();
  #size = 0;

  /** Number of packages, versions of one name counted singly. */
  get size(): number {
    return this.#size;
  }

  /**
   * Adds an uncompressed `Packages` file. `origin` is kept on its records. The same version of a package in two files is one
   * candidate; the file that was added first gives it.
   */
  add(data: Uint8Array, origin = ''): this {
    const raw = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('latin1');
    let start = 0;
    while (start < raw.length) {
      if (raw.charCodeAt(start) === 0x0a) {
        start++;
        continue;
      }
      start = this.#addParagraph(raw, start, origin);
    }
    return this;
  }

  // One pass over the lines of a paragraph; returns where the next one starts. Only lines that begin with P or p are looked into.
  #addParagraph(raw: string, start: number, origin: string): number {
    let name = '';
    let provides = '';
    let essential = false;
    let line = start;
    let end = raw.length;
    while (line < raw.length) {
      const first = raw.charCodeAt(line);
      if (first === 0x0a) {
        end = line - 1;
        break;
      }
      let next = raw.indexOf('\n', line);
      if (next < 0) next = raw.length;
      if (first === 0x50 || first === 0x70) {
        if (raw.charCodeAt(line + 7) === 0x3a && startsWithName(raw, line, 'package')) {
          name = raw.slice(line + 8, next).trim();
        } else if (raw.charCodeAt(line + 8) === 0x3a && startsWithName(raw, line, 'provides')) {
          while (raw.charCodeAt(next + 1) === 0x20) {
            const following = raw.indexOf('\n', next + 1);
            next = following < 0 ? raw.length : following;
          }
          provides = raw.slice(line + 9, next);
        }
      } else if (first === 0x45 && raw.startsWith('Essential: yes', line)) {
        essential = true;
      }
      line = next + 1;
    }
    if (name !== '') {
      const span: Span = { raw, start, end, origin, record: undefined };
      this.#size++;
      append(this.#byName, name, span);
      if (essential) this.#essential.add(name);
      if (provides !== '') {
        for (const provided of namesOf(provides)) append(this.#providers, provided, span);
      }
    }
    return end + 1;
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  /** Every name, in the order of the files. */
  names(): Iterable<string> {
    return this.#byName.keys();
  }

  /** The versions of a package, newest first; only those for the architecture or for all. */
  versions(name: string, architecture?: string): PackageRecord[] {
    const records = (this.#byName.get(name) ?? []).map((item) => recordOf(item));
    const fitting = records.filter((record) => fits(record, architecture));
    const seen = new Set<string>();
    const distinct = fitting.filter((record) => !seen.has(record.version) && seen.add(record.version));
    return distinct.sort((a, b) => compareDebianVersions(b.version, a.version));
  }

  /**
   * Packages that satisfy a relation, best first: the package of that name by falling version, then the providers of that
   * name by priority, name and falling version. A provider without a version satisfies only a relation without one
   * (Debian Policy §7.5).
   */
  candidates(relation: Relation, architecture?: string): Candidate[] {
    const real = this.versions(relation.name, architecture)
      .filter((record) => versionSatisfies(record.version, relation))
      .map((record) => ({ package: record, virtual: false }));
    const providers = (this.#providers.get(relation.name) ?? [])
      .map((item) => recordOf(item))
      .filter(
        (record) => record.name !== relation.name && fits(record, architecture) && providesRelation(record, relation),
      );
    providers.sort(
      (a, b) =>
        a.priorityRank - b.priorityRank || compareText(a.name, b.name) || compareDebianVersions(b.version, a.version),
    );
    // Of one provider only its newest fitting version, as apt does.
    const seen = new Set<string>();
    const virtual = providers.filter((record) => !seen.has(record.name) && seen.add(record.name));
    return [...real, ...virtual.map((record) => ({ package: record, virtual: true }))];
  }

  /** Every package that fits the architecture, its newest version only. Parses all: for small questions use `candidates`. */
  *newest(architecture?: string): Iterable<PackageRecord> {
    for (const name of this.#byName.keys()) {
      const [record] = this.versions(name, architecture);
      if (record !== undefined) yield record;
    }
  }

  /** The newest version of every package marked Essential, in byte order of names. */
  essential(architecture?: string): PackageRecord[] {
    return [...this.#essential]
      .sort(compareText)
      .flatMap((name) => this.versions(name, architecture).slice(0, 1))
      .filter((record) => record.essential);
  }
}

function recordOf(span: Span): PackageRecord {
  span.record ??= new PackageRecord(Paragraph.ofRaw(span.raw.slice(span.start, span.end)), span.origin);
  return span.record;
}

/** Whether a package stands in for the relation through its Provides field. */
export function providesRelation(record: PackageRecord, relation: Relation): boolean {
  return record.provides().some((provided) => {
    if (provided.name !== relation.name) return false;
    if (relation.operator === undefined) return true;
    return provided.version !== undefined && versionSatisfies(provided.version, relation);
  });
}

function fits(record: PackageRecord, architecture: string | undefined): boolean {
  return architecture === undefined || record.architecture === architecture || record.architecture === 'all';
}

function append(map: Map<string, Span[]>, name: string, span: Span): void {
  const list = map.get(name);
  if (list === undefined) map.set(name, [span]);
  else list.push(span);
}

function startsWithName(raw: string, at: number, lowerName: string): boolean {
  for (let i = 0; i < lowerName.length; i++) {
    if ((raw.charCodeAt(at + i) | 0x20) !== lowerName.charCodeAt(i)) return false;
  }
  return true;
}

function* namesOf(provides: string): Iterable<string> {
  for (const part of provides.split(',')) {
    const name = /^\s*([^\s(:]+)/.exec(part)?.[1];
    if (name !== undefined) yield name;
  }
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
