import { type Catalog, type Database, unionBytes, usageOf, usageOfAll } from '@lading/catalog';
import { type Answer, problem } from '../answer.ts';
import type { RepositoryRules } from './policy-rules.ts';

type Reads = Pick<Database, 'all' | 'get'> | Pick<Catalog['database'], 'all' | 'get'>;

/** Refuses so many more bytes where they would not fit. */
export async function refuseGrowth(
  statements: Reads,
  { quota, sharesQuota }: RepositoryRules,
  repository: string,
  bytes: number,
): Promise<Answer | undefined> {
  if (quota === undefined) return undefined;
  const { eachBytes, totalBytes } = quota;
  if (eachBytes !== undefined) {
    const used = (await usageOf(statements, repository))?.bytes ?? 0;
    if (used + bytes > eachBytes) return exceeded(`The repository ${repository}`, used, bytes, eachBytes);
  }
  if (totalBytes === undefined) return undefined;
  const shared = (await usageOfAll(statements)).filter((usage) => sharesQuota(usage.repository));
  // What several of them have counts once, which is only worth counting where it decides.
  const most = shared.reduce((sum, usage) => sum + usage.bytes, 0);
  if (most + bytes <= totalBytes) return undefined;
  const used = await unionBytes(
    statements,
    shared.map((usage) => usage.repository),
  );
  if (used + bytes <= totalBytes) return undefined;
  return exceeded(`${repository} and the repositories that share its quota`, used, bytes, totalBytes);
}

function exceeded(who: string, used: number, bytes: number, limit: number): Answer {
  return problem(403, 'DENIED', `The quota is exceeded: ${who} would have ${used + bytes} of ${limit} bytes`, {
    detail: { quota: limit, used, requested: bytes },
  });
}
