import { compareVersions, type VersionOrder } from '@lading/distro';
import type { AffectedRange } from '../advisory-database.ts';
import { listOf, type Members, membersOf, textOf } from './members.ts';

interface RangeEvent {
  readonly kind: 'introduced' | 'fixed' | 'lastAffected';
  readonly version: string;
}

/** The ranges of an `affected` member by their events; commits (GIT) are not versions. OSV schema §affected[].ranges. */
export function rangesOf(affected: Members, order: VersionOrder | undefined): AffectedRange[] {
  return listOf(affected.ranges).flatMap((range) => {
    const { type, events } = membersOf(range);
    if (type !== 'SEMVER' && type !== 'ECOSYSTEM') return [];
    const ranges = fromEvents(listOf(events).flatMap(eventsOf), order);
    const known = boundOf(membersOf(membersOf(affected.database_specific)).last_known_affected_version_range);
    return ranges.map((one) =>
      one.fixed === undefined && one.lastAffected === undefined && known !== undefined ? { ...one, ...known } : one,
    );
  });
}

function eventsOf(event: unknown): RangeEvent[] {
  const { introduced, fixed, last_affected } = membersOf(event);
  const all = [
    ['introduced', textOf(introduced)],
    ['fixed', textOf(fixed)],
    ['lastAffected', textOf(last_affected)],
  ] as const;
  return all.flatMap(([kind, version]) => (version === undefined ? [] : [{ kind, version }]));
}

/** Events need not be sorted; what is introduced ends with the next that is not. OSV schema §evaluation. */
function fromEvents(events: readonly RangeEvent[], order: VersionOrder | undefined): AffectedRange[] {
  const sorted = events.length <= 2 || order === undefined ? events : sort(events, order);
  const ranges: AffectedRange[] = [];
  let introduced: string | undefined;
  for (const { kind, version } of sorted) {
    if (kind === 'introduced') introduced ??= version;
    else if (introduced !== undefined) {
      ranges.push({ introduced, [kind]: version });
      introduced = undefined;
    }
  }
  if (introduced !== undefined) ranges.push({ introduced });
  return ranges;
}

function sort(events: readonly RangeEvent[], order: VersionOrder): RangeEvent[] {
  return events.toSorted((a, b) => {
    const [first, second] = [Number(a.version !== '0'), Number(b.version !== '0')];
    return first - second || (first === 0 ? 0 : compareVersions(order, a.version, b.version));
  });
}

/** GitHub's note where no release has a fix: `<= 1.2.3`, or `< 1.2.3`, from which on it is not affected. */
function boundOf(range: unknown): Pick<AffectedRange, 'fixed'> | Pick<AffectedRange, 'lastAffected'> | undefined {
  const [, sign, version] = /^(<=|<)\s*(\S+)$/.exec(textOf(range)?.trim() ?? '') ?? [];
  if (version === undefined) return undefined;
  return sign === '<' ? { fixed: version } : { lastAffected: version };
}
