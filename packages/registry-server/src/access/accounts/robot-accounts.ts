import type { RobotRecord, Robots } from '@lading/catalog';
import type { Account, AccountSource, GrantsTo } from '../account.ts';
import type { Grant } from '../identity.ts';
import { Recent } from '../internal/recent.ts';
import { isSecret, secretId } from './secret-text.ts';

/** By which name a robot signs in: Docker's clients allow no colon there. */
export function robotLogin(name: string): string {
  return `robot+${name}`;
}

export interface RobotAccountsOptions {
  readonly robots: Robots;
  /** What the configuration grants beyond what a robot was made with. */
  readonly grantsTo: GrantsTo;
  readonly now: () => Date;
}

/** Robots with their secrets. What is stamped is the secret's id, so tokens end with the secret they were got with. */
export function createRobotAccounts({ robots, grantsTo, now }: RobotAccountsOptions): AccountSource {
  const grantsOf = rememberGrants(grantsTo);
  const accountOf = (robot: RobotRecord, id: string): Account | undefined => {
    const time = now().getTime();
    const secret = robot.secrets.find((each) => each.id === id);
    if (robot.disabled || secret === undefined) return undefined;
    const until = Math.min(
      robot.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY,
      secret.endsAt?.getTime() ?? Number.POSITIVE_INFINITY,
    );
    if (until <= time) return undefined;
    const identity = { kind: 'robot' as const, name: robot.name, grants: grantsOf(robot) };
    return { identity, stamp: id, ...(until === Number.POSITIVE_INFINITY ? {} : { until }) };
  };
  return {
    async authenticate(name, secret) {
      const id = secretId('ldr', secret);
      if (id === undefined) return 'unknown';
      const found = await robots.bySecret(id);
      if (found === undefined || !isSecret(secret, found.hash) || name !== robotLogin(found.robot.name))
        return 'unknown';
      return accountOf(found.robot, id) ?? 'unknown';
    },
    async recall({ kind, name }, stamp) {
      if (kind !== 'robot') return undefined;
      const robot = await robots.get(name);
      return robot === undefined ? undefined : accountOf(robot, stamp);
    },
  };
}

/** The same list for equal grants, so that it is compiled once. */
function rememberGrants(grantsTo: GrantsTo): (robot: RobotRecord) => readonly Grant[] {
  const known = new Recent<string, { text: string; configured: readonly Grant[]; all: readonly Grant[] }>(10_000);
  return ({ name, grants }) => {
    const text = JSON.stringify(grants);
    const configured = grantsTo({ kind: 'robot', name });
    let entry = known.get(name);
    if (entry?.text !== text || entry.configured !== configured) {
      entry = { text, configured, all: [...(grants as readonly Grant[]), ...configured] };
      known.set(name, entry);
    }
    return entry.all;
  };
}
