// `npm run soak:store -- [--seconds 60] [--seed 1]`: the soak of the directory store, with kills, and what came of it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkSoak } from './check.ts';
import { runSoak } from './run.ts';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string', default: '1' } },
});
const { seconds, seed } = values;
const folder = await mkdtemp(join(tmpdir(), 'lading-soak-'));
console.log(`8 processes, ${seconds} s, seed ${seed}`);
const { kills } = await runSoak({ folder, seed: Number(seed), seconds: Number(seconds), killEverySeconds: 1.5 });
const { done, violations } = await checkSoak(folder);
const counts = Object.entries(done).map(([kind, count]) => `${count} ${kind}`);
console.log(`${counts.join(', ')}; ${kills} processes killed`);
for (const violation of violations) console.log(`VIOLATION ${violation}`);
if (violations.length === 0) await rm(folder, { recursive: true });
else console.log(`kept: ${folder}`);
process.exitCode = violations.length === 0 ? 0 : 1;
