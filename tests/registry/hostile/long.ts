// The long mode: `npm run fuzz:registry -- [--cases 20000] [--seed 1]`.
import { parseArgs } from 'node:util';
import { flood } from './flood.ts';
import { fuzz } from './fuzz.ts';
import { openGround } from './ground.ts';
import { compareTwins } from './twins.ts';

const { values } = parseArgs({
  options: { cases: { type: 'string', default: '20000' }, seed: { type: 'string', default: '1' } },
});
const ground = await openGround();
try {
  const started = performance.now();
  let told = started;
  const wrong = [
    ...(await compareTwins(ground)),
    ...(await flood(ground, 60)).filter((status) => status !== '400' && status !== '429'),
    ...(await fuzz(ground, {
      first: Number(values.seed),
      cases: Number(values.cases),
      onCase(done) {
        if (performance.now() - told < 10_000) return;
        told = performance.now();
        console.error(`${done} cases, ${(ground.server.peakBytes() / 1e6).toFixed(0)} MB`);
      },
    })),
  ];
  for (const line of wrong) console.log(line);
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  const peak = (ground.server.peakBytes() / 1e6).toFixed(0);
  console.log(
    `${values.cases} cases from seed ${values.seed} in ${seconds} s, at most ${peak} MB: ${wrong.length} wrong`,
  );
  process.exitCode = wrong.length === 0 ? 0 : 1;
} finally {
  await ground.close();
}
