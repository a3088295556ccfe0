import { type Answer, problem } from '../answer.ts';
import type { Account, Attempt } from './account.ts';
import { createTokenBuckets } from './internal/token-bucket.ts';
import { networkOf } from './origin.ts';
import { tooMany } from './rate-limits.ts';
import type { SecurityEvents } from './security-events.ts';

/** Lets nobody try passwords for long: only failures count, by name and address, and by address alone. */
export interface LoginAttempts {
  run(name: string, address: string, attempt: () => Promise<Attempt>): Promise<Account | Answer>;
}

const perName = { count: 10, perMs: 60_000 };
const perAddress = { count: 100, perMs: 120_000 };

export function createLoginAttempts(events: SecurityEvents): LoginAttempts {
  const failures = createTokenBuckets();
  return {
    async run(name, address, attempt) {
      const network = networkOf(address);
      const counts = [[`${network} ${name.slice(0, 256)}`, perName] as const, [network, perAddress] as const];
      for (const [key, rate] of counts) {
        const { left, waitMs } = failures.look(key, rate);
        if (waitMs === 0) continue;
        events.record({ action: 'login.limited', subject: name, address });
        return tooMany('failed logins', rate, left, waitMs);
      }
      const account = await attempt();
      if (account === 'busy') {
        return problem(429, 'TOOMANYREQUESTS', 'Too many logins at once: come again', {
          headers: { 'Retry-After': 2 },
        });
      }
      if (account !== 'unknown') return account;
      // Those that were tried at once all count: else whoever asks on many connections tries that many for each that is left.
      for (const [key, rate] of counts) failures.charge(key, rate);
      events.record({ action: 'login.failed', subject: name, address });
      return problem(401, 'UNAUTHORIZED', 'The name or the password is wrong');
    },
  };
}
