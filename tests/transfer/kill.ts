// The long mode of kill.test.ts: `npm run soak:kill -- [--rounds 50] [--bytes 500000000] [--seed 1] [--registry lading,docker-registry]`.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { formatTable } from '../../scripts/bench/table.ts';
import { openKillGround, type RoundReport } from './kill-rounds.ts';
import { writeLayerLayout } from './layer-layout.ts';
import { type RegistryKind, registryKinds, registryProgram } from './registry-process.ts';
import { roundOf } from './round-of.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '50' },
    bytes: { type: 'string', default: '500000000' },
    seed: { type: 'string', default: '1' },
    registry: { type: 'string', default: registryKinds.join(',') },
  },
});
const registries = values.registry
  .split(',')
  .filter((name): name is RegistryKind => registryKinds.some((kind) => kind === name))
  .filter((kind) => registryProgram(kind) !== undefined);

const folder = await mkdtemp(join(tmpdir(), 'lading-kill-'));
try {
  const layout = join(folder, 'layout');
  const { image, layer } = await writeLayerLayout(layout, Number(values.bytes));
  const ground = await openKillGround({ folder, layout, image, layer });
  const reports: RoundReport[] = [];
  try {
    for (let at = 0; at < Number(values.rounds); at++) {
      const report = await ground.run(roundOf(Number(values.seed) + at, registries));
      reports.push(report);
      const { seed, registry, direction, side, kills, runs, wireBytes, ms } = report;
      console.error(
        `${seed}: ${direction}, ${registry}, ${kills} kills of the ${side}: ${runs} runs, ${(wireBytes / layer.size).toFixed(2)} × the layer, ${(ms / 1000).toFixed(1)} s`,
      );
    }
  } finally {
    await ground.close();
  }
  console.log(summary(reports, layer.size));
} finally {
  await rm(folder, { recursive: true, force: true });
}

function summary(reports: readonly RoundReport[], size: number): string {
  const groups = Map.groupBy(reports, ({ registry, direction, side }) => [direction, side, registry].join(' '));
  const most = (rows: readonly RoundReport[], of: (row: RoundReport) => number): number => Math.max(...rows.map(of));
  return formatTable([
    ['', 'killed', 'registry', 'rounds', 'kills', 'most × the layer', 'client peak MB', 'registry peak MB'],
    ...[...groups].map(([name, rows]) => [
      ...name.split(' '),
      String(rows.length),
      String(rows.reduce((sum, { kills }) => sum + kills, 0)),
      most(rows, ({ wireBytes }) => wireBytes / size).toFixed(2),
      (most(rows, ({ clientPeakBytes }) => clientPeakBytes) / 1e6).toFixed(0),
      (most(rows, ({ serverPeakBytes }) => serverPeakBytes) / 1e6).toFixed(0),
    ]),
  ]);
}
