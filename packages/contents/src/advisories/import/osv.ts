import { versionOrderOf } from '@lading/distro';
import type { Severity } from '@lading/facts';
import type { AdvisoryRecord, AffectedPackage } from '../advisory-record.ts';
import { normalizeName } from '../normalize-name.ts';
import type { Importer, ImportOptions, Statement } from './importer.ts';
import { ListedVersions } from './listed-versions.ts';
import { isMembers, listOf, type Members, membersOf, textOf, textsOf } from './members.ts';
import { detailsOf } from './osv-details.ts';
import { rangesOf } from './osv-ranges.ts';
import { severityOfWord } from './severity-words.ts';
import { bestReferences, titleOf } from './summary.ts';

/** Records in the Open Source Vulnerability format, alone or in a list: OSV's dumps, GitHub's advisory database, and many others. */
export const osv: Importer = {
  name: 'OSV',
  recognises: (document) => isRecord(Array.isArray(document) ? document[0] : document),
  *read(document, options) {
    for (const record of Array.isArray(document) ? document : [document]) yield readRecord(record, options);
  },
};

function isRecord(value: unknown): boolean {
  return isMembers(value) && typeof value.id === 'string' && ('modified' in value || 'affected' in value);
}

/** Announcements of updates by distributions that are not about security unless they name a vulnerability. */
const MAINTENANCE = /^(?:[A-Z]{2}[BE]A-|(?:open)?SUSE-[RFO]U-)/;
const MAX_ID = 256;

function readRecord(record: unknown, { malicious }: ImportOptions): Statement {
  const members = membersOf(record);
  const id = textOf(members.id);
  if (id === undefined || id.length > MAX_ID) return { kind: 'warning', message: 'a record has no id' };
  if (!Array.isArray(members.affected) && members.withdrawn === undefined && members.affected !== undefined)
    return { kind: 'warning', message: `${id}: its affected packages are no list` };
  if (textOf(members.withdrawn) !== undefined) return { kind: 'skipped', reason: 'withdrawn' };
  if (malicious !== true && id.startsWith('MAL-')) return { kind: 'skipped', reason: 'malicious' };
  const aliases = aliasesOf(id, members);
  if (MAINTENANCE.test(id) && !aliases.some((alias) => alias.startsWith('CVE-')))
    return { kind: 'skipped', reason: 'no vulnerability' };
  const value: AdvisoryRecord = {
    id,
    aliases,
    title: titleOf(textOf(members.summary), textOf(members.details)),
    published: dateOf(members.published),
    modified: dateOf(members.modified),
    cvss: [...new Set([...vectorsOf(members.severity), ...listOf(members.affected).flatMap(vectorsOfAffected)])].sort(),
    severity: id.startsWith('MAL-') ? 'critical' : severityOf(members),
    references: bestReferences(listOf(members.references).map(referenceOf)),
    affected: affectedOf(members),
  };
  return { kind: 'record', record: value };
}

/**
 * Names of the same vulnerability. A distribution's record names what it is about as `upstream`, older ones as `related`, which elsewhere
 * means no more than that.
 */
function aliasesOf(id: string, { aliases, upstream, related }: Members): string[] {
  const isUpstreamOwn = /^(?:CVE|GHSA|PYSEC|GO|RUSTSEC|MAL|OSV|GSD|HSEC|PSF|CURL|JLSEC|EEF)-/.test(id);
  const others = isUpstreamOwn
    ? []
    : [...textsOf(upstream), ...textsOf(related).filter((name) => /^(?:CVE|GHSA)-/.test(name))];
  const names = new Set([...textsOf(aliases), ...others].filter((name) => name !== id && name.length <= MAX_ID));
  return [...names].sort();
}

function affectedOf(members: Members): AffectedPackage[] {
  const listed = new ListedVersions();
  const affected: AffectedPackage[] = [];
  for (const item of listOf(members.affected)) {
    const one = membersOf(item);
    const { ecosystem: ecosystemName, name: packageName } = membersOf(one.package);
    const [ecosystem, name] = [textOf(ecosystemName), textOf(packageName)];
    if (ecosystem === undefined || name === undefined) continue;
    const order = versionOrderOf(ecosystem);
    const ranges = rangesOf(one, order);
    const versions = listed.beyond(textsOf(one.versions), ranges, order);
    // Nothing is affected where neither says so: lists are emptied so when an advisory turns out to be none. OSV schema §evaluation.
    if (ranges.length === 0 && versions.length === 0) continue;
    const { urgency, ubuntu_priority } = membersOf(one.ecosystem_specific);
    const rating = severityOfWord(urgency) ?? severityOfWord(ubuntu_priority) ?? ratingOf(one.severity);
    affected.push({
      ecosystem,
      name: normalizeName(ecosystem, name),
      ranges,
      versions,
      ...(rating === undefined ? {} : { urgency: rating }),
      ...(urgency === 'end-of-life' ? { willNotFix: true } : {}),
      ...detailsOf(ecosystem, one, textOf(members.summary) ?? '', ranges),
    });
  }
  return affected;
}

/** Vectors; ratings in words, as Ubuntu's, are none. OSV schema §severity. */
function vectorsOf(severity: unknown): string[] {
  return listOf(severity).flatMap((item) => {
    const { type, score } = membersOf(item);
    const vector = textOf(score);
    return typeof type === 'string' && type.startsWith('CVSS_') && vector !== undefined && vector.length < 256
      ? [vector]
      : [];
  });
}

function vectorsOfAffected(item: unknown): string[] {
  return vectorsOf(membersOf(item).severity);
}

function ratingOf(severity: unknown): Severity | undefined {
  return listOf(severity)
    .map((item) => severityOfWord(membersOf(item).score))
    .find((word) => word !== undefined);
}

/** In words: GitHub's, else Ubuntu's, else the word that titles of Red Hat's heirs begin with. */
function severityOf(members: Members): Severity | undefined {
  const title = /^(Critical|Important|Moderate|Low): /.exec(textOf(members.summary) ?? '')?.[1];
  return (
    severityOfWord(membersOf(members.database_specific).severity) ?? ratingOf(members.severity) ?? severityOfWord(title)
  );
}

function referenceOf(reference: unknown): { type: string; url: string } {
  const { type, url } = membersOf(reference);
  return { type: textOf(type) ?? '', url: textOf(url) ?? '' };
}

/** To the second; undefined for what is no date, and for years before there were advisories: Go's `0001-01-01`. */
function dateOf(value: unknown): string | undefined {
  const time = Date.parse(textOf(value) ?? '');
  return time > 0 && time < 253402300800000 ? `${new Date(time).toISOString().slice(0, 19)}Z` : undefined;
}
