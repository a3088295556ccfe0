import type { FixState, Severity } from '@lading/facts';
import type { Digest } from '@lading/oci';
import type { Statements } from '../database/database.ts';
import type { FleetPackage } from './fleet-package.ts';
import { selectIn } from './many-rows.ts';

/** A vulnerability of which packages have other verdicts than before. */
export interface ChangedVulnerability {
  readonly id: number;
  readonly name: string;
  readonly aliases: readonly string[];
}

/** What happened to an image: it has a vulnerability that it had not, or the other way round. */
export type ChangeKind = 'found' | 'resolved';

/** Some of those that nobody was told of; in the order of their names. */
export async function changedVulnerabilities(
  statements: Pick<Statements, 'all'>,
  limit: number,
): Promise<readonly ChangedVulnerability[]> {
  const rows = await statements.all(
    `SELECT v.id, v.name FROM fleet_vulnerabilities v
     WHERE v.id IN (SELECT vulnerability_id FROM fleet_changes) ORDER BY v.name LIMIT ?`,
    limit,
  );
  const aliases = await selectIn(
    statements,
    'SELECT vulnerability_id, alias FROM fleet_aliases WHERE vulnerability_id IN (…) ORDER BY alias',
    rows.map(({ id }) => Number(id)),
  );
  return rows.map(({ id, name }) => ({
    id: Number(id),
    name: String(name),
    aliases: aliases.flatMap((one) => (one.vulnerability_id === id ? [String(one.alias)] : [])),
  }));
}

/** The images to which that happened: also with several packages, an image has a vulnerability or has it not. */
export interface ConcernedImages {
  readonly count: number;
  /** Those that were looked into last first, so many at most. */
  readonly images: readonly { readonly id: number; readonly digest: Digest; readonly platform: string }[];
}

export async function concernedImages(
  statements: Pick<Statements, 'all' | 'get'>,
  vulnerability: number,
  kind: ChangeKind,
  limit: number,
): Promise<ConcernedImages> {
  const { sql, values } = kind === 'found' ? foundNow : resolvedNow;
  const ids = Array<number>(values).fill(vulnerability);
  const total = await statements.get(`SELECT count(*) AS count FROM (${sql}) concerned`, ...ids);
  const rows = await statements.all(
    `SELECT i.id, i.digest, i.platform FROM (${sql}) concerned JOIN fleet_images i ON i.id = concerned.image_id
     ORDER BY i.id DESC LIMIT ?`,
    ...ids,
    limit,
  );
  return {
    count: Number(total?.count),
    images: rows.map(({ id, digest, platform }) => ({
      id: Number(id),
      digest: digest as Digest,
      platform: String(platform),
    })),
  };
}

const imagesOf = (packages: string): string =>
  `SELECT l.image_id FROM fleet_set_packages m JOIN fleet_layers l ON l.set_id = m.set_id WHERE m.package_id IN (${packages})`;
const changed = (found: 0 | 1): string =>
  `SELECT package_id FROM fleet_changes WHERE vulnerability_id = ? AND found = ${found}`;
const judged = 'SELECT package_id FROM fleet_verdicts WHERE vulnerability_id = ?';

/** Images that have it now, and had it with no package before. */
const foundNow = {
  sql: `${imagesOf(changed(1))} EXCEPT ${imagesOf(changed(0))} EXCEPT ${imagesOf(`${judged} EXCEPT ${changed(1)}`)}`,
  values: 4,
};

/** Images that had it, and have it with no package now. */
const resolvedNow = { sql: `${imagesOf(changed(0))} EXCEPT ${imagesOf(judged)}`, values: 2 };

/** A package of an image whose verdict changed. */
export interface ConcernedPackage extends ChangedVerdict {
  readonly image: number;
  readonly package: FleetPackage;
  readonly layer: number;
}

export interface ChangedVerdict {
  readonly severity: Severity;
  readonly fix: FixState;
  readonly fixedVersion?: string | undefined;
}

/** The packages by which images are concerned. */
export async function concernedPackages(
  statements: Pick<Statements, 'all'>,
  vulnerability: number,
  kind: ChangeKind,
  images: readonly number[],
): Promise<readonly ConcernedPackage[]> {
  const rows = await selectIn(
    statements,
    `SELECT l.image_id, l.layer, p.record, c.* FROM fleet_layers l
     JOIN fleet_set_packages m ON m.set_id = l.set_id
     JOIN fleet_changes c ON c.package_id = m.package_id AND c.vulnerability_id = ? AND c.found = ?
     JOIN fleet_packages p ON p.id = m.package_id WHERE l.image_id IN (…)`,
    images,
    [vulnerability, kind === 'found' ? 1 : 0],
  );
  return rows.map(({ image_id, layer, record, severity, fix, fixed_version }) => ({
    image: Number(image_id),
    package: JSON.parse(String(record)) as FleetPackage,
    layer: Number(layer),
    severity: String(severity) as Severity,
    fix: String(fix) as FixState,
    ...(fixed_version === null ? {} : { fixedVersion: String(fixed_version) }),
  }));
}

/** Those who want to know of a vulnerability, or of any, were told. */
export async function forgetChanges(statements: Pick<Statements, 'run'>, vulnerability?: number): Promise<void> {
  if (vulnerability === undefined) await statements.run('DELETE FROM fleet_changes');
  else await statements.run('DELETE FROM fleet_changes WHERE vulnerability_id = ?', vulnerability);
}
