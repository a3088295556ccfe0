// `npm run conformance [-- BACKEND…]`: holds `lading serve` on every backend against the OCI conformance suite with all of its APIs and kinds
// of data, prints its sums, and keeps its results in docs/conformance/. Exit code 1 unless every test of it passed on every backend that is
// here; one that was asked for by name has to be.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram, runProgram } from '@lading/testkit';
import { type BackendName, backendNames, startBackend } from '../registry/backend.ts';
import { settings } from './settings.ts';
import { isFlawless, keptResults, parseTotals, type Totals, totalsText } from './totals.ts';

const kept = join(import.meta.dirname, '../../docs/conformance');
const suite = process.env.LADING_CONFORMANCE ?? findProgram('conformance');
const asked = process.argv.slice(2);
const backends = backendNames.filter((name) => asked.length === 0 || asked.includes(name));

if (suite === undefined) {
  console.error(
    'not available: the OCI conformance suite (scripts/peers/install-conformance.sh builds it, LADING_CONFORMANCE names another)',
  );
  process.exit(1);
}
let [ran, flawless] = [0, true];
for (const backend of backends) {
  const totals = await conform(suite, backend);
  console.log(`${backend}: ${typeof totals === 'string' ? `not available: ${totals}` : totalsText(totals)}`);
  if (typeof totals !== 'string') {
    ran++;
    flawless &&= isFlawless(totals);
  } else if (asked.length > 0) flawless = false;
}
process.exit(ran > 0 && flawless ? 0 : 1);

async function conform(program: string, backend: BackendName): Promise<Totals | string> {
  const registry = await startBackend(backend);
  if (typeof registry === 'string') return registry;
  const folder = await mkdtemp(join(tmpdir(), 'lading-conformance-'));
  try {
    const env = { ...process.env, ...settings(registry.host, folder) };
    const { stdout, stderr } = await runProgram(program, [], { cwd: folder, env, timeoutMs: 300_000 });
    const totals = parseTotals(stdout);
    if (!isFlawless(totals)) console.error(stderr, registry.log());
    await mkdir(kept, { recursive: true });
    const results = await readFile(join(folder, 'results.yaml'), 'utf8');
    await writeFile(join(kept, `${backend}.yaml`), keptResults(results, totals));
    return totals;
  } finally {
    await registry.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
