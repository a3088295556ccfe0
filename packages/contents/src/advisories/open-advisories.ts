import type { Digest } from '@lading/oci';
import { rateVector } from '../severity/rate-vector.ts';
import type { Advisory, AdvisoryDatabase, AdvisorySource, Affected } from './advisory-database.ts';
import { damaged } from './format/damaged.ts';
import { EcosystemSection } from './format/ecosystem-section.ts';
import { type Exploitation, ExploitationSection } from './format/exploitation-section.ts';
import { FORMAT } from './format/header.ts';
import { recordsOf } from './format/id-index.ts';
import { numberAt } from './format/numbers.ts';
import { RecordSection } from './format/record-section.ts';
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

export interface AffectedIn extends Affected {
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
  #ids: Buffer | undefined;
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
    const records = this.#recordSection();
    return Array.from(section.rows(found), ({ record, vulnerable }) => ({ ...records.names(record), ...vulnerable() }));
  }

  advisory(id: string): Advisory | undefined {
    for (const record of recordsOf(this.#idIndex(), id)) {
      if (this.#recordSection().names(record).id === id) return this.#advisoryAt(record);
    }
    const exploitation = this.#exploitationOf([id]);
    if (exploitation.epss === undefined && exploitation.kev === undefined) return undefined;
    return { id, aliases: [], cvss: [], references: [], ...exploitation };
  }

  advisoriesOf(id: string): Advisory[] {
    return [...recordsOf(this.#idIndex(), id)]
      .filter((record) => {
        const names = this.#recordSection().names(record);
        return names.id === id || names.aliases.includes(id);
      })
      .map((record) => this.#advisoryAt(record));
  }

  packagesOf(id: string): AffectedIn[] {
    const records = this.#recordSection();
    const own = [...recordsOf(this.#idIndex(), id)].find((record) => records.names(record).id === id);
    if (own === undefined) return [];
    const found: AffectedIn[] = [];
    for (const ecosystem of this.ecosystems) {
      const section = this.#ecosystem(ecosystem);
      for (let index = 0; index < (section?.packages ?? 0); index++) {
        for (const { record, vulnerable } of section?.rows(index) ?? []) {
          if (record !== own) continue;
          found.push({ ecosystem, name: section?.name(index) ?? '', ...records.names(record), ...vulnerable() });
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
    const { id, aliases, severity, published, modified, cvss } = this.#recordSection().head(record);
    // What is judged by costs little; what is read is inflated when it is read.
    const text = (): RecordText => this.#text(record);
    return {
      ...{ id, aliases, severity },
      ...{ published: published || undefined, modified: modified || undefined },
      cvss: cvss.flatMap((vector) => rateVector(vector) ?? []),
      ...this.#exploitationOf([id, ...aliases]),
      get title() {
        return text().title;
      },
      get references() {
        return text().references;
      },
    };
  }

  /** Of the one CVE among an advisory's names: an erratum has many, and what is true of one is not of the others. */
  #exploitationOf(names: readonly string[]): Exploitation {
    const cves = names.filter((name) => name.startsWith('CVE-'));
    const [cve] = cves;
    if (cve === undefined || cves.length > 1 || !this.#file.has('exploitation')) return {};
    this.#exploitation ??= new ExploitationSection(this.#file.section('exploitation'));
    return this.#exploitation.find(cve);
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

  #idIndex(): Buffer {
    this.#ids ??= this.#file.section('ids');
    return this.#ids;
  }
}
