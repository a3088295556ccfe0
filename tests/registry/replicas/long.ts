// The long mode: `npm run soak:registry -- [--operations 200000] [--seed 1] [--kind shared,local] [--clients 8]`: half of the operations
// while nothing is killed, and half while replicas are.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type ClusterKind, canRun, openCluster } from './cluster.ts';
import { soak } from './soak.ts';

const { values } = parseArgs({
  options: {
    operations: { type: 'string', default: '200000' },
    seed: { type: 'string', default: '1' },
    kind: { type: 'string', default: 'shared,local' },
    clients: { type: 'string', default: '8' },
    lease: { type: 'string', default: '3000' },
  },
});
const kinds = (['shared', 'local'] satisfies ClusterKind[]).filter(
  (kind) => values.kind.split(',').includes(kind) && canRun(kind),
);
let wrong = 0;
for (const kind of kinds) {
  for (const killEveryMs of [undefined, 4000]) {
    const folder = await mkdtemp(join(tmpdir(), 'lading-replicas-'));
    const leaseMs = Number(values.lease);
    const operations = Math.ceil(Number(values.operations) / kinds.length / 2);
    const cluster = await openCluster({ folder, kind, leaseMs });
    let told = performance.now();
    const started = told;
    try {
      const report = await soak({
        cluster,
        seed: Number(values.seed),
        operations,
        clients: Number(values.clients),
        leaseMs,
        killEveryMs,
        databaseKills: kind === 'shared' && killEveryMs !== undefined ? 5 : 0,
        onProgress(done) {
          if (performance.now() - told < 10_000) return;
          told = performance.now();
          console.error(`${kind}: ${done} of ${operations} operations`);
        },
      });
      wrong += report.wrong.length;
      for (const line of report.wrong) console.log(line);
      const done = Object.entries(report.done).map(([what, count]) => `${count} ${what}`);
      const seconds = ((performance.now() - started) / 1000).toFixed(0);
      console.log(
        `${kind}, seed ${values.seed}: ${report.operations} operations in ${seconds} s (${done.join(', ')}), ${report.kills} kills: ${report.wrong.length} wrong`,
      );
      if (report.wrong.length > 0) console.log(cluster.log());
    } finally {
      await cluster.close();
      await rm(folder, { recursive: true, force: true });
    }
  }
}
process.exitCode = wrong === 0 ? 0 : 1;
