import { createRandom } from '../../crash/random.ts';
import type { Ground } from './ground.ts';
import { judge } from './judge.ts';
import { hostileRequest } from './requests.ts';
import { exchange } from './wire.ts';

export interface FuzzOptions {
  /** The first case; each is its own seed. */
  readonly first: number;
  readonly cases: number;
  readonly lanes?: number;
  readonly onCase?: (done: number) => void;
}

/** So much may the registry take. */
export const memoryLimit = 256_000_000;

/** What was wrong, with the case that shows it. Ends early after some. */
export async function fuzz(
  ground: Ground,
  { first, cases, lanes = 4, onCase }: FuzzOptions,
): Promise<readonly string[]> {
  const wrong: string[] = [];
  let next = first;
  let done = 0;
  const run = async (): Promise<void> => {
    while (next < first + cases && wrong.length < 20 && ground.server.isRunning()) {
      const number = next++;
      const hostile = hostileRequest(createRandom(number), ground);
      const exchanged = await exchange(ground.server.port, hostile.bytes, hostile.manner);
      for (const what of judge(ground, hostile, exchanged)) {
        const head = hostile.bytes.toString('latin1', 0, 400).replaceAll(/[^\x20-\x7e\n]/g, '.');
        wrong.push(`case ${number} (${hostile.manner}): ${what}\n${head}`);
      }
      onCase?.(++done);
    }
  };
  await Promise.all(Array.from({ length: lanes }, run));
  const peak = ground.server.isRunning() ? ground.server.peakBytes() : 0;
  if (peak > memoryLimit) wrong.push(`the registry took ${(peak / 1e6).toFixed(0)} MB`);
  const alive = await fetch(`${ground.server.url}/v2/`, { headers: { authorization: ground.credentials.eve } });
  if (alive.status !== 200) wrong.push(`afterwards /v2/ is answered with ${alive.status}`);
  return wrong;
}
