import type { Digest } from '@lading/oci';
import type { Advisory, AdvisoryDatabase, AdvisoryRating, AdvisorySource, Affected } from './advisory-database.ts';
import type { Vulnerable } from './advisory-record.ts';
import { AffectedRow, RecordRating } from './advisory-rows.ts';
import { damaged } from './format/damaged.ts';
import { EcosystemSection } from './format/ecosystem-section.ts';
import { type Exploitation, ExploitationSection } from './format/exploitation-section.ts';
import { FORMAT } from './format/header.ts';
import { Names } from './format/names.ts';
import { numberAt } from './format/numbers.ts';
import { dateOf, RecordSection } from './format/record-section.ts';
import { SectionFile } from './format/section-file.ts';
import type { Table } from './format/table.ts';
import { inflateTexts, type RecordText, readText, TEXTS_PER_BLOCK } from './format/text-section.ts';
import { normalizeName } from './normalize-name.ts';

/** A database in a file, with what is asked of it beside packages. */
export interface OpenAdvisories extends AdvisoryDatabase {
  /** How many advisories it has. */
  readonly records: number;
  /** Bytes of the file. */
  readonly size: number;
  /** All advisories that know an id: as their own, or as an alias. */
  advisoriesOf(id: string): Advisory[];
  /** The packages that an advisory speaks of, by its own id, and what it says of each. Reads every ecosystem. */
  packagesOf(id: string): AffectedIn[];
  /** Reads and compares everything. Throws ADVISORIES_DAMAGED. */
  verify(): void;
}

/** Which versions of which package an advisory means. */
export interface AffectedIn extends Vulnerable {
  readonly ecosystem: string;
  readonly name: string;
}

const ECOSYSTEM = 'ecosystem/';

/**
 * Opens a database. Its header alone is read; an ecosystem is read when it is first asked for, texts for each advisory. Errors:
 * FILE_NOT_FOUND, FILE_UNREADABLE, ADVISORIES_DAMAGED, ADVISORIES_FORMAT. Close it at the end.
 */
export function openAdvisories(path: string): OpenAdvisories {
  return new FileAdvisories(new SectionFile(path));
}

class FileAdvisories implements OpenAdvisories {
  readonly format: number = FORMAT;
  readonly digest: Digest;
  readonly newest: string;
  readonly sources: readonly AdvisorySource[];
  readonly ecosystems: readonly string[];
  readonly records: number;
  readonly size: number;
  readonly #file: SectionFile;
  readonly #ecosystems = new Map<string, EcosystemSection>();
  #records: RecordSection | undefined;
  #names: Names | undefined;
  #exploitation: ExploitationSection | undefined;
  #textIndex: Buffer | undefined;
  /** The block of texts that was inflated last. */
  #texts: { readonly block: number; readonly table: Table } | undefined;

  constructor(file: SectionFile) {
    const { header, digest, size } = file;
    this.#file = file;
    this.digest = digest;
    this.size = size;
    this.newest = header.newest;
    this.sources = header.sources;
    this.records = header.records;
    this.ecosystems = header.sections.flatMap(({ name }) =>
      name.startsWith(ECOSYSTEM) ? [name.slice(ECOSYSTEM.length)] : [],
    );
  }

  affected(ecosystem: string, name: string): Affected[] {
    const section = this.#ecosystem(ecosystem);
    const found = section?.find(normalizeName(ecosystem, name));
    if (section === undefined || found === undefined) return [];
    const [names, records] = [this.#nameSection(), this.#recordSection()];
    return section.rows(found).map(({ record, place }) => new AffectedRow(names, records, record, section, place));
  }

  advisory(id: string): Advisory | undefined {
    const name = this.#nameSection().find(id);
    if (name === undefined) return undefined;
    if (name < this.records) return this.#advisoryAt(name);
    const exploitation = this.#exploitationOf(name);
    if (exploitation.epss === undefined && exploitation.kev === undefined) return undefined;
    return { id, aliases: [], cvss: [], references: [], ...exploitation };
  }

  rating(name: number): AdvisoryRating | undefined {
    const { epss, kev } = this.#exploitationOf(name);
    if (name < this.records)
      return new RecordRating(this.#nameSection(), name, this.#recordSection().head(name), epss, kev);
    return epss === undefined && kev === undefined
      ? undefined
      : { id: this.#nameSection().get(name), cvss: [], epss, kev };
  }

  advisoriesOf(id: string): Advisory[] {
    const name = this.#nameSection().find(id);
    if (name === undefined) return [];
    const records = this.#recordSection();
    const all = Array.from({ length: this.records }, (_, record) => record);
    return all.filter((record) => records.names(record).includes(name)).map((record) => this.#advisoryAt(record));
  }

  packagesOf(id: string): AffectedIn[] {
    const own = this.#nameSection().find(id);
    const found: AffectedIn[] = [];
    if (own === undefined || own >= this.records) return found;
    for (const ecosystem of this.ecosystems) {
      const section = this.#ecosystem(ecosystem);
      for (let index = 0; index < (section?.packages ?? 0); index++) {
        const name = section?.name(index) ?? '';
        for (const { record, place } of section?.rows(index) ?? []) {
          if (section !== undefined && record === own) found.push({ ecosystem, name, ...section.vulnerable(place) });
        }
      }
    }
    return found;
  }

  verify(): void {
    for (const { name } of this.#file.header.sections) this.#file.section(name);
  }

  close(): void {
    this.#file.close();
  }

  #advisoryAt(record: number): Advisory {
    const [names, records] = [this.#nameSection(), this.#recordSection()];
    const { severity, published, modified, cvss } = records.head(record);
    const [id = '', ...aliases] = records.names(record).map((name) => names.get(name));
    // What is judged by costs little; what is read is inflated when it is read.
    const text = (): RecordText => this.#text(record);
    return {
      ...{ id, aliases, severity, cvss, ...this.#exploitationOf(record) },
      ...{ published: dateOf(published), modified: dateOf(modified) },
      get title() {
        return text().title;
      },
      get references() {
        return text().references;
      },
    };
  }

  #exploitationOf(name: number): Exploitation {
    this.#exploitation ??= new ExploitationSection(this.#file.section('exploitation'));
    return this.#exploitation.find(name);
  }

  #text(record: number): RecordText {
    const block = Math.floor(record / TEXTS_PER_BLOCK);
    if (this.#texts?.block !== block) {
      this.#textIndex ??= this.#file.section('text-index');
      const bytes = this.#file.part('text', numberAt(this.#textIndex, block), numberAt(this.#textIndex, block + 1));
      this.#texts = { block, table: inflateTexts(bytes) };
    }
    return readText(this.#texts.table.get(record % TEXTS_PER_BLOCK));
  }

  #ecosystem(name: string): EcosystemSection | undefined {
    const known = this.#ecosystems.get(name);
    if (known !== undefined || !this.#file.has(ECOSYSTEM + name)) return known;
    const section = new EcosystemSection(this.#file.section(ECOSYSTEM + name));
    this.#ecosystems.set(name, section);
    return section;
  }

  #recordSection(): RecordSection {
    if (this.#records !== undefined) return this.#records;
    const records = new RecordSection(this.#file.section('records'));
    if (records.count !== this.records) throw damaged('its records are not as many as its header says');
    this.#records = records;
    return records;
  }

  #nameSection(): Names {
    this.#names ??= new Names(this.#file.section('names'), this.records);
    return this.#names;
  }
}
