import { compareVersions, type VersionOrder } from '@lading/distro';
import type { DrawnPackage } from './draw-packages.ts';
import { affecting, isAffected } from './naive-matcher.ts';
import type { Statement } from './osv-record.ts';

/** A finding as the report has it. */
export interface Reported {
  readonly id: string;
  readonly aliases?: readonly string[];
  readonly affected: { readonly name: string; readonly version: string };
}

export interface Compared {
  /** Pairs of a package and a record that both say. */
  readonly same: number;
  /** How many differ for each reason that there may be. */
  readonly explained: Readonly<Record<string, number>>;
  readonly wrong: readonly string[];
}

export interface ComparedSets {
  readonly statements: ReadonlyMap<string, readonly Statement[]>;
  readonly drawn: readonly DrawnPackage[];
  readonly findings: readonly Reported[];
  readonly order: VersionOrder;
}

/** Both ways: every record that says that a package is affected is in a finding, and every finding has such a record. */
export function compareFindings({ statements, drawn, findings, order }: ComparedSets): Compared {
  const byPackage = Map.groupBy(findings, ({ affected }) => `${affected.name} ${affected.version}`);
  const explained: Record<string, number> = {};
  const wrong: string[] = [];
  let same = 0;
  for (const { name, version } of drawn) {
    const said = statements.get(name) ?? [];
    const expected = affecting(said, version, order).filter(({ record }) => !record.id.startsWith('MAL-'));
    const found = byPackage.get(`${name} ${version}`) ?? [];
    const names = new Set(found.flatMap(({ id, aliases = [] }) => [id, ...aliases]));
    for (const statement of expected) {
      const { id } = statement.record;
      if (names.has(id)) {
        same++;
        continue;
      }
      const reason = whyMissed(statement, said, version, order);
      if (reason === undefined) wrong.push(`missed ${id} of ${name} ${version}`);
      else explained[reason] = (explained[reason] ?? 0) + 1;
    }
    for (const { id, aliases = [] } of found) {
      const all = new Set([id, ...aliases]);
      if (!expected.some(({ record }) => all.has(record.id))) wrong.push(`made up ${id} of ${name} ${version}`);
    }
  }
  return { same, explained, wrong };
}

/** Where the reading of records goes beyond their letter on purpose. */
function whyMissed(
  { record, affected }: Statement,
  said: readonly Statement[],
  version: string,
  order: VersionOrder,
): string | undefined {
  const ranges = (affected.ranges ?? []).filter(({ type }) => type !== 'GIT');
  const fixes = ranges.flatMap(({ events }) => events.flatMap(({ fixed }) => fixed ?? []));
  const isListedOnly = !isAffected({ ...affected, versions: [] }, version, order);
  if (isListedOnly && fixes.some((fixed) => compareVersions(order, version, fixed) >= 0))
    return 'are listed though they have the fix';
  const names = new Set(namesOf(record));
  const related = said.filter((other) => namesOf(other.record).some((name) => names.has(name)));
  const isEndless = ranges.some(({ events }) => !events.some((event) => 'fixed' in event || 'last_affected' in event));
  if (isEndless && affected.database_specific?.last_known_affected_version_range !== undefined)
    return 'are above the last version that is known to be affected';
  if (isEndless && related.some((other) => isEndedBy(other, version, order)))
    return 'are at or above an end that another part or advisory of the same vulnerability knows';
  const isBackwards = ranges.some(({ events }) =>
    events.some(
      ({ fixed }) =>
        fixed !== undefined &&
        events.some(({ introduced = '0' }) => introduced !== '0' && compareVersions(order, fixed, introduced) < 0),
    ),
  );
  if (isBackwards) return 'are in a range that ends, in the order of versions, before it begins';
  if (/^D[LS]A-/.test(record.id)) {
    const others = related.filter((other) => other.record.id !== record.id);
    if (/-(?!1$)\d+$/.test(record.id)) return 'mend what an update broke';
    if (others.some((other) => !/^D[LS]A-/.test(other.record.id)))
      return 'are decided by the advisory of each vulnerability that the update mended';
  }
  return undefined;
}

/** Whether a fix, or the version after the last affected one, is at or below a version. */
function isEndedBy({ affected }: Statement, version: string, order: VersionOrder): boolean {
  return (affected.ranges ?? []).some(({ events }) =>
    events.some(({ fixed, last_affected }) => {
      if (fixed !== undefined) return compareVersions(order, version, fixed) >= 0;
      return last_affected !== undefined && compareVersions(order, version, last_affected) > 0;
    }),
  );
}

function namesOf({ id, aliases = [], upstream = [], related = [] }: Statement['record']): readonly string[] {
  return [id, ...aliases, ...upstream, ...related];
}
