// The long mode: `npm run soak:collection -- [--operations 200000] [--seed 1] [--clients 12] [--lease 3000]`; the lease in milliseconds.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { inFolder } from './places.ts';
import { soak } from './soak.ts';

const { values } = parseArgs({
  options: {
    operations: { type: 'string', default: '200000' },
    seed: { type: 'string', default: '1' },
    clients: { type: 'string', default: '12' },
    lease: { type: 'string', default: '3000' },
  },
});
const [operations, seed] = [Number(values.operations), Number(values.seed)];
const folder = await mkdtemp(join(tmpdir(), 'lading-collection-'));
let told = performance.now();
try {
  const outcome = await soak({
    open: inFolder(folder),
    operations,
    clients: Number(values.clients),
    replicas: 2,
    seed,
    leaseMs: Number(values.lease),
    onProgress(done) {
      if (performance.now() - told < 10_000) return;
      told = performance.now();
      console.error(`${done} of ${operations} operations`);
    },
  });
  console.log(JSON.stringify({ seed, ...outcome }, undefined, 2));
  process.exitCode = outcome.faults.length === 0 ? 0 : 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
