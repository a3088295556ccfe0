import { LadingError } from '@lading/errors';
import type { Paragraph } from './control.ts';
import { parseRelations, type Relation, type RelationGroup } from './relation.ts';

/** The relation fields that a resolver reads. Debian Policy §7. */
export type RelationField = 'Pre-Depends' | 'Depends' | 'Recommends' | 'Conflicts' | 'Breaks' | 'Replaces' | 'Provides';

export type Priority = 'required' | 'important' | 'standard' | 'optional' | 'extra';

const priorities: readonly string[] = ['required', 'important', 'standard', 'optional', 'extra'];

/** A binary package as an index or its own control file describes it. Fields are parsed when first asked for. */
export class PackageRecord {
  readonly name: string;
  readonly version: string;
  readonly control: Paragraph;
  /** Where it came from, in the words of who loaded the index, such as a suite. */
  readonly origin: string;
  readonly #relations = new Map<RelationField, readonly RelationGroup[]>();
  readonly #fields = new Map<string, string | undefined>();

  constructor(control: Paragraph, origin = '') {
    this.control = control;
    this.origin = origin;
    this.name = control.get('Package') ?? '';
    this.version = control.get('Version') ?? '';
    if (this.name === '' || this.version === '') {
      throw new LadingError(
        'CONTROL_INVALID',
        `Cannot read package "${this.name}" (${this.version}): Package or Version is absent`,
      );
    }
  }

  get architecture(): string {
    return this.field('Architecture') ?? 'all';
  }

  /** The name of the source package. */
  get source(): string {
    return this.field('Source')?.replace(/\s*\(.*\)$/, '') ?? this.name;
  }

  /** The path below the archive's root; empty outside an index. */
  get filename(): string {
    return this.field('Filename') ?? '';
  }

  /** Bytes of the package file. */
  get size(): number {
    return Number(this.field('Size') ?? Number.NaN);
  }

  /** 64 hexadecimal digits; empty when the index has none. */
  get sha256(): string {
    return (this.field('SHA256') ?? '').toLowerCase();
  }

  get essential(): boolean {
    return this.field('Essential') === 'yes';
  }

  /** `same`, `foreign`, `allowed` or `no`. */
  get multiArch(): string {
    return this.field('Multi-Arch') ?? 'no';
  }

  /** 0 (required) to 4 (extra): among several providers, the lower number is preferred. */
  get priorityRank(): number {
    const rank = priorities.indexOf(this.field('Priority') ?? 'optional');
    return rank < 0 ? 3 : rank;
  }

  /** A field of the control file, remembered. */
  field(name: string): string | undefined {
    if (!this.#fields.has(name)) this.#fields.set(name, this.control.get(name));
    return this.#fields.get(name);
  }

  /** A relation field; empty when absent. Throws CONTROL_INVALID. */
  relations(field: RelationField): readonly RelationGroup[] {
    let groups = this.#relations.get(field);
    if (groups === undefined) {
      const text = this.control.get(field);
      groups = text === undefined ? [] : parseRelations(text);
      this.#relations.set(field, groups);
    }
    return groups;
  }

  /** What it provides besides its own name; with `= version` where it says so. */
  provides(): readonly Relation[] {
    return this.relations('Provides').flat();
  }

  toString(): string {
    return `${this.name} ${this.version}`;
  }
}
