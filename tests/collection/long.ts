// `npm run soak:collection [-- OPERATIONS [SEED]]`: 200,000 operations unless told.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inFolder } from './places.ts';
import { soak } from './soak.ts';

const [operations = '200000', seed = String(Date.now() % 100_000)] = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), 'lading-collection-'));
let told = performance.now();
try {
  const outcome = await soak({
    open: inFolder(folder),
    operations: Number(operations),
    clients: 12,
    replicas: 2,
    seed: Number(seed),
    leaseMs: 3000,
    onProgress(done) {
      if (performance.now() - told < 10_000) return;
      told = performance.now();
      console.error(`${done} of ${operations} operations`);
    },
  });
  console.log(JSON.stringify({ seed: Number(seed), ...outcome }, undefined, 2));
  process.exitCode = outcome.faults.length === 0 ? 0 : 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
