import { createHash } from 'node:crypto';
import { type Digest, digestOf } from '@lading/oci';
import { EcosystemBuilder } from '../format/ecosystem-section.ts';
import { type Exploitation, exploitationSection } from '../format/exploitation-section.ts';
import { encodeHeader, type Section } from '../format/header.ts';
import { numberNames } from '../format/names.ts';
import { numbersOf } from '../format/numbers.ts';
import { type RecordHead, recordSection } from '../format/record-section.ts';
import { compressTexts, TEXTS_PER_BLOCK } from '../format/text-section.ts';
import type { AdvisoryFile } from './advisory-file.ts';
import { type Collected, type CollectOptions, collect } from './collect.ts';

export interface BuiltAdvisories extends Omit<Collected, 'merge' | 'exploitation'> {
  readonly bytes: Buffer;
  /** As `AdvisoryDatabase.digest`. */
  readonly digest: Digest;
  /** Advisories in the database. */
  readonly records: number;
  readonly newest: string;
  readonly sections: readonly Section[];
}

/**
 * Makes a database from files. Equal content of the files gives equal bytes, in whatever order and wherever they lie. What cannot be read is a
 * warning. Memory grows with the database, not with what it is made of. Errors: ADVISORIES_SOURCE_INVALID when there is no advisory in any of
 * the files, INTERRUPTED.
 */
export async function buildAdvisories(
  files: readonly AdvisoryFile[],
  options: CollectOptions = {},
): Promise<BuiltAdvisories> {
  const { merge, exploitation, ...summary } = await collect(files, options);
  const ecosystems = new Map<string, EcosystemBuilder>();
  const heads: RecordHead[] = [];
  const blocks: Buffer[] = [];
  let texts: Buffer[] = [];
  for (const { head, text, rows } of merge.records()) {
    for (const { ecosystem, name, vulnerable } of rows) {
      const builder = ecosystems.get(ecosystem) ?? new EcosystemBuilder();
      ecosystems.set(ecosystem, builder);
      builder.add(name, heads.length, vulnerable);
    }
    heads.push(head);
    texts.push(text);
    if (texts.length === TEXTS_PER_BLOCK) {
      blocks.push(compressTexts(texts));
      texts = [];
    }
  }
  if (texts.length > 0) blocks.push(compressTexts(texts));
  const names = numberNames(heads);
  const parts: [name: string, bytes: Buffer][] = [
    ['names', names.section],
    ['records', recordSection(heads, names.numbers)],
    ['exploitation', exploitationSection(numbered(exploitation, heads, names.numbers))],
    ...[...ecosystems.keys()]
      .sort()
      .map((name): [string, Buffer] => [`ecosystem/${name}`, sectionOf(ecosystems, name)]),
    ['text-index', numbersOf(startsOf(blocks))],
    ['text', Buffer.concat(blocks)],
  ];
  const sections = place(parts);
  const newest =
    heads
      .map(({ modified }) => modified)
      .sort()
      .at(-1) ?? '';
  const header = encodeHeader({ newest, records: heads.length, sources: summary.sources, sections });
  const bytes = Buffer.concat([header, ...parts.map(([, part]) => part)]);
  return { bytes, digest: digestOf(header), records: heads.length, newest, sections, ...summary };
}

function sectionOf(ecosystems: Map<string, EcosystemBuilder>, name: string): Buffer {
  const section = ecosystems.get(name)?.section() ?? Buffer.alloc(0);
  ecosystems.delete(name);
  return section;
}

/** Where each block starts, and the last ends. */
function startsOf(blocks: readonly Buffer[]): number[] {
  const starts = [0];
  for (const { length } of blocks) starts.push((starts.at(-1) ?? 0) + length);
  return starts;
}

/**
 * What is known of CVEs that an advisory names, by the numbers of their names, and by that of each record that names one CVE: an erratum has
 * many, and what is true of one is not of the others.
 */
function numbered(
  known: ReadonlyMap<string, Exploitation>,
  heads: readonly RecordHead[],
  numbers: ReadonlyMap<string, number>,
): Map<number, Exploitation> {
  const found = new Map<number, Exploitation>();
  for (const [record, { id, aliases }] of heads.entries()) {
    const cves = [id, ...aliases].filter((name) => name.startsWith('CVE-'));
    for (const cve of cves) {
      const exploitation = known.get(cve);
      if (exploitation === undefined) continue;
      found.set(numbers.get(cve) ?? record, exploitation);
      if (cves.length === 1) found.set(record, exploitation);
    }
  }
  return found;
}

function place(parts: readonly (readonly [name: string, bytes: Buffer])[]): Section[] {
  let offset = 0;
  return parts.map(([name, bytes]) => {
    const section = { name, offset, length: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
    offset += bytes.length;
    return section;
  });
}
