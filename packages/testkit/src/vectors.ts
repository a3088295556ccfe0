import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** The folder of public test vectors: `LADING_VECTORS`, else `../shared/vectors` beside the checkout. May not exist. */
export function vectorsFolder(): string {
  return process.env.LADING_VECTORS ?? join(import.meta.dirname, '../../../../shared/vectors');
}

/**
 * Skips the test with a visible reason when something of the machine is missing; where `CI` is set its absence is a failure,
 * so that a suite cannot pass by skipping, unless `LADING_WITHOUT` (names with commas between) says that it could not be had: then the
 * reason has one of the names as a word.
 * Returns false when the test was skipped.
 */
export function skipUnless(t: TestContext, present: boolean, reason: string): boolean {
  if (present) return true;
  const without = (process.env.LADING_WITHOUT ?? '').split(',').filter((name) => name !== '');
  // `docker` does not excuse `docker-registry`.
  const words = reason.split(/[^\w-]+/);
  if (process.env.CI === 'true' && !without.some((name) => words.includes(name)))
    throw new Error(`Needed in CI but absent: ${reason}`);
  t.skip(reason);
  return false;
}

/**
 * Skips the test, with a visible reason, where nobody asked for the long ones: they repeat for other engines, users or programs what
 * shorter tests prove, and run where `CI` is set.
 */
export function isLongRun(t: TestContext): boolean {
  if (process.env.CI === 'true') return true;
  t.skip('long: runs with CI=true');
  return false;
}

/** The path of one vector, or undefined after skipping the test because the folder is absent. */
export function vector(t: TestContext, name: string): string | undefined {
  const path = join(vectorsFolder(), name);
  return skipUnless(t, existsSync(path), `the test vectors have no ${name}; set LADING_VECTORS`) ? path : undefined;
}
