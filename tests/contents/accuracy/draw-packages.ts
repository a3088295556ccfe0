import type { Random } from '../../crash/random.ts';
import type { Statement } from './osv-record.ts';

export interface DrawnPackage {
  readonly name: string;
  readonly version: string;
}

/** So many different packages that advisories name, each at a border of one of its ranges, beside it, or at a version that is listed. */
export function drawPackages(
  statements: ReadonlyMap<string, readonly Statement[]>,
  count: number,
  random: Random,
): readonly DrawnPackage[] {
  const names = [...statements.keys()].sort();
  const drawn = new Map<string, DrawnPackage>();
  for (let tries = 0; drawn.size < count && tries < 20 * count; tries++) {
    const name = random.pick(names);
    const { affected } = random.pick(statements.get(name) ?? []);
    const borders = (affected.ranges ?? [])
      .filter(({ type }) => type !== 'GIT')
      .flatMap(({ events }) => events.flatMap((event) => Object.values(event)));
    const from = random.chance(0.2) && affected.versions?.length ? affected.versions : borders;
    if (from.length === 0) continue;
    const version = near(random.pick(from), random);
    if (version !== '' && version !== '0') drawn.set(`${name} ${version}`, { name, version });
  }
  return [...drawn.values()];
}

/** The version itself, the last of its numbers one more or one less, or a little that most orders sort right below or above it. */
function near(version: string, random: Random): string {
  const by = random.pick([0, 0, 1, -1] as const);
  if (by !== 0) {
    return version.replace(
      /(\d{1,9})(\D*)$/,
      (_, number: string, rest: string) => `${Math.max(0, Number(number) + by)}${rest}`,
    );
  }
  return version;
}
