// The long mode: `npm run fuzz:contents -- [--cases 20000] [--seed 1]`.
import { parseArgs } from 'node:util';
import { fuzz } from './fuzz.ts';

const { values } = parseArgs({
  options: { cases: { type: 'string', default: '20000' }, seed: { type: 'string', default: '1' } },
});
const started = performance.now();
let told = started;
let done = 0;
const wrong = await fuzz({
  first: Number(values.seed),
  cases: Number(values.cases),
  lanes: 2,
  onCase() {
    done++;
    if (performance.now() - told < 10_000) return;
    told = performance.now();
    console.error(`${done} cases, ${(process.memoryUsage.rss() / 1e6).toFixed(0)} MB`);
  },
});
for (const line of wrong) console.log(line);
const seconds = ((performance.now() - started) / 1000).toFixed(0);
console.log(`${done} cases from seed ${values.seed} in ${seconds} s: ${wrong.length} wrong`);
process.exitCode = wrong.length === 0 ? 0 : 1;
