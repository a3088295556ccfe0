import type { FixState, Severity } from '@lading/facts';
import type { Database, Row, Statements } from '../database/database.ts';
import { type FleetPage, type FoundPage, findMatches, type Lists } from './find-matches.ts';
import { type FoundPackageImage, shownPackage } from './find-packages.ts';
import type { FleetPackage } from './fleet-package.ts';
import { insertRows, selectIn } from './many-rows.ts';
import { ensureIds } from './record-contents.ts';

/** That a package has a vulnerability. */
export interface Verdict {
  /** The CVE where there is one. */
  readonly vulnerability: string;
  readonly aliases: readonly string[];
  readonly severity: Severity;
  readonly fix: FixState;
  readonly fixedVersion?: string | undefined;
}

export interface PackageVerdicts {
  /** The package's id. */
  readonly id: number;
  readonly verdicts: readonly Verdict[];
}

/** How far packages were judged. Their ids only grow. */
export interface FleetPosition {
  /** The digest of the advisories. */
  readonly advisories: string;
  /** The newest of them, ISO. */
  readonly newest: string;
  /** Packages up to this one have verdicts of these advisories. */
  readonly judged: number;
  /** Packages up to this one have some of these or former ones, so that what differs now has changed. */
  readonly known: number;
}

export async function fleetPosition(statements: Pick<Statements, 'get'>): Promise<FleetPosition | undefined> {
  const row = await statements.get('SELECT * FROM fleet_position');
  return (
    row && {
      advisories: String(row.advisories),
      newest: String(row.newest),
      judged: Number(row.judged),
      known: Number(row.known),
    }
  );
}

/** From now on packages are judged by these advisories, from the first package on. */
export async function beginVerdicts(
  statements: Statements,
  { advisories, newest }: Pick<FleetPosition, 'advisories' | 'newest'>,
): Promise<FleetPosition> {
  const before = await fleetPosition(statements);
  const known = Math.max(before?.known ?? 0, before?.judged ?? 0);
  await statements.run('DELETE FROM fleet_position');
  await statements.run(
    'INSERT INTO fleet_position (advisories, newest, judged, known) VALUES (?, ?, 0, ?)',
    advisories,
    newest,
    known,
  );
  return { advisories, newest, judged: 0, known };
}

/** The next packages that these advisories have not judged. */
export async function packagesToJudge(
  statements: Pick<Statements, 'all'>,
  { judged }: FleetPosition,
  limit: number,
): Promise<readonly { readonly id: number; readonly package: FleetPackage }[]> {
  const rows = await statements.all(
    'SELECT id, record FROM fleet_packages WHERE id > ? ORDER BY id LIMIT ?',
    judged,
    limit,
  );
  return rows.map(({ id, record }) => ({ id: Number(id), package: JSON.parse(String(record)) as FleetPackage }));
}

/**
 * Keeps the verdicts of packages that follow on a position, all that there are of each, and notes what changed. The new position; undefined,
 * and nothing is kept, when somebody else has gone on from there meanwhile.
 */
export async function recordVerdicts(
  statements: Statements,
  position: FleetPosition,
  packages: readonly PackageVerdicts[],
): Promise<FleetPosition | undefined> {
  const judged = packages.at(-1)?.id ?? position.judged;
  const moved = await statements.run(
    'UPDATE fleet_position SET judged = ? WHERE advisories = ? AND judged = ?',
    judged,
    position.advisories,
    position.judged,
  );
  if (moved === 0) return undefined;
  const rows = await selectIn(
    statements,
    `SELECT d.*, v.name FROM fleet_verdicts d JOIN fleet_vulnerabilities v ON v.id = d.vulnerability_id
     WHERE d.package_id IN (…)`,
    packages.map(({ id }) => id),
  );
  const before = Map.groupBy(rows, ({ package_id }) => Number(package_id));
  const steps = packages.map(({ id, verdicts }) => ({ id, ...differenceOf(before.get(id) ?? [], verdicts) }));
  const fresh = steps.flatMap(({ id, added }) => added.map((verdict) => ({ id, verdict })));
  const ids = await ensureIds(statements, 'fleet_vulnerabilities', 'name', [
    ...new Set(fresh.map(({ verdict }) => verdict.vulnerability)),
  ]);
  const idOf = (name: string): number => ids.get(name) ?? 0;
  const aliases = new Map(
    fresh.flatMap(({ verdict: { vulnerability, aliases } }) =>
      aliases.map((alias) => [`${alias} ${vulnerability}`, [alias, idOf(vulnerability)]] as const),
    ),
  );
  await insertRows(
    statements,
    'INSERT INTO fleet_aliases (alias, vulnerability_id)',
    [...aliases.values()],
    'ON CONFLICT DO NOTHING',
  );
  await insertRows(
    statements,
    'INSERT INTO fleet_verdicts (package_id, vulnerability_id, severity, fix, fixed_version)',
    fresh.map(({ id, verdict }) => [
      ...[id, idOf(verdict.vulnerability), verdict.severity, verdict.fix, verdict.fixedVersion ?? null],
    ]),
  );
  for (const { id, removed, updated, renamed, added } of steps) {
    for (const { vulnerability_id } of removed) {
      const gone = 'DELETE FROM fleet_verdicts WHERE package_id = ? AND vulnerability_id = ?';
      await statements.run(gone, id, Number(vulnerability_id));
    }
    for (const { row, verdict } of updated) {
      await statements.run(
        'UPDATE fleet_verdicts SET severity = ?, fix = ?, fixed_version = ? WHERE package_id = ? AND vulnerability_id = ?',
        ...[verdict.severity, verdict.fix, verdict.fixedVersion ?? null, id, Number(row.vulnerability_id)],
      );
    }
    if (id > position.known) continue;
    for (const verdict of added) {
      if (renamed.has(verdict.vulnerability)) continue;
      const { vulnerability, severity, fix, fixedVersion } = verdict;
      await noteChange(statements, 1, [idOf(vulnerability), id, severity, fix, fixedVersion ?? null]);
    }
    for (const row of removed) {
      if (renamed.has(String(row.name))) continue;
      const { vulnerability_id, severity, fix, fixed_version } = row;
      await noteChange(statements, 0, [
        Number(vulnerability_id),
        id,
        String(severity),
        String(fix),
        fixed_version ?? null,
      ]);
    }
  }
  return { ...position, judged };
}

/** How the verdicts on one package differ from those before. What only got another name, as when a CVE was given to it, did not change. */
function differenceOf(before: readonly Row[], verdicts: readonly Verdict[]) {
  const known = new Map(before.map((row) => [String(row.name), row]));
  const now = new Set(verdicts.map(({ vulnerability }) => vulnerability));
  const added = verdicts.filter(({ vulnerability }) => !known.has(vulnerability));
  const removed = before.filter(({ name }) => !now.has(String(name)));
  const gone = new Set(removed.map(({ name }) => String(name)));
  const renamed = new Set(
    added.flatMap(({ vulnerability, aliases }) => {
      const former = aliases.filter((alias) => gone.has(alias));
      return former.length === 0 ? [] : [vulnerability, ...former];
    }),
  );
  const updated = verdicts.flatMap((verdict) => {
    const row = known.get(verdict.vulnerability);
    const isSame =
      row?.severity === verdict.severity &&
      row.fix === verdict.fix &&
      row.fixed_version === (verdict.fixedVersion ?? null);
    return row === undefined || isSame ? [] : [{ row, verdict }];
  });
  return { added, removed, updated, renamed };
}

type ChangeRow = readonly [
  vulnerability: number,
  id: number,
  severity: string,
  fix: string,
  fixedVersion: string | number | null,
];

/** What changed back before anybody was told did not change. */
async function noteChange(statements: Statements, found: 0 | 1, change: ChangeRow): Promise<void> {
  const undone = await statements.run(
    'DELETE FROM fleet_changes WHERE vulnerability_id = ? AND package_id = ?',
    change[0],
    change[1],
  );
  if (undone > 0) return;
  await statements.run(
    `INSERT INTO fleet_changes (found, vulnerability_id, package_id, severity, fix, fixed_version)
     VALUES (?, ?, ?, ?, ?, ?)`,
    found,
    ...change,
  );
}

/** That an image has a package with a vulnerability. */
export interface FoundAffectedImage extends FoundPackageImage {
  readonly verdict: Verdict;
}

/** The images with a vulnerability, by any of its names. No advisory is read for it: packages were judged when they or the advisories came. */
export async function findAffected(
  database: Database,
  name: string,
  page: FleetPage,
): Promise<FoundPage<FoundAffectedImage>> {
  const named = await database.all(
    `SELECT id FROM fleet_vulnerabilities WHERE name = ?
     UNION SELECT vulnerability_id FROM fleet_aliases WHERE alias = ?`,
    name,
    name,
  );
  const ids = named.map(({ id }) => Number(id));
  const aliases = await selectIn(
    database,
    'SELECT vulnerability_id, alias FROM fleet_aliases WHERE vulnerability_id IN (…) ORDER BY alias',
    ids,
  );
  const lists: Lists = {
    heads: ids,
    keys: ['package_id', 'set_id', 'image_id', 'layer'],
    rows: (head, after, limit) =>
      database.all(
        `SELECT d.*, v.name, m.set_id, m.places, l.image_id, l.layer, i.digest, i.platform, p.record
         FROM fleet_verdicts d JOIN fleet_set_packages m ON m.package_id = d.package_id
         JOIN fleet_layers l ON l.set_id = m.set_id JOIN fleet_images i ON i.id = l.image_id
         JOIN fleet_packages p ON p.id = d.package_id JOIN fleet_vulnerabilities v ON v.id = d.vulnerability_id
         WHERE d.vulnerability_id = ? AND d.package_id >= ? AND (d.package_id, m.set_id, l.image_id, l.layer) > (?, ?, ?, ?)
         ORDER BY d.package_id, m.set_id, l.image_id, l.layer LIMIT ?`,
        head,
        after[0] ?? -1,
        ...after,
        limit,
      ),
  };
  return findMatches(database, lists, page, (row, image) => {
    const known = JSON.parse(String(row.record)) as FleetPackage;
    return { ...image, ...shownPackage(known, row), verdict: verdictOf(row, aliases) };
  });
}

function verdictOf(row: Row, aliases: readonly Row[]): Verdict {
  const { name, vulnerability_id, severity, fix, fixed_version } = row;
  return {
    vulnerability: String(name),
    aliases: aliases.flatMap((one) => (one.vulnerability_id === vulnerability_id ? [String(one.alias)] : [])),
    severity: String(severity) as Severity,
    fix: String(fix) as FixState,
    ...(fixed_version === null || fixed_version === undefined ? {} : { fixedVersion: String(fixed_version) }),
  };
}
