// The long mode of faults.test.ts: `npm run soak:faults -- [--rounds 1000] [--seed 1] [--bytes 3000000]`.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { formatTable } from '../../scripts/bench/table.ts';
import { type FaultOutcome, faultRoundOf, openFaultGround } from './fault-rounds.ts';
import { imageWithReferrer } from './image-with-referrer.ts';
import { registryKinds, registryProgram } from './registry-process.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    bytes: { type: 'string', default: '3000000' },
  },
});
const bytes = Number(values.bytes);
const kinds = registryKinds.filter((kind) => registryProgram(kind) !== undefined);
const folder = await mkdtemp(join(tmpdir(), 'lading-faults-'));
try {
  const { repository, image } = await imageWithReferrer(bytes);
  const ground = await openFaultGround(folder, repository, image);
  const outcomes: FaultOutcome[] = [];
  try {
    for (let at = 0; at < Number(values.rounds); at++) {
      const round = faultRoundOf(Number(values.seed) + at, kinds, bytes);
      try {
        const outcome = await ground.run(round);
        outcomes.push(outcome);
        if (outcome.code !== undefined && round.times === 1) console.error(JSON.stringify(outcome));
      } catch (error) {
        console.error(JSON.stringify(round), error);
        process.exitCode = 1;
      }
    }
  } finally {
    await ground.close();
  }
  const groups = Map.groupBy(
    outcomes.filter(({ hits }) => hits > 0),
    ({ fault, times }) =>
      `${fault.kind}${'status' in fault ? ` ${fault.status}` : ''} ${times === 1 ? 'once' : times === 2 ? 'twice' : 'always'}`,
  );
  console.log(
    formatTable([
      ['fault', 'rounds', 'right', 'slowest s', 'codes'],
      ...[...groups]
        .sort()
        .map(([name, rows]) => [
          name,
          String(rows.length),
          String(rows.filter(({ code }) => code === undefined).length),
          (Math.max(...rows.map(({ ms }) => ms)) / 1000).toFixed(1),
          [...new Set(rows.flatMap(({ code }) => code ?? []))].sort().join(', '),
        ]),
    ]),
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}
