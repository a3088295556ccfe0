// What `npm run bench:registry` runs: `lading serve` beside zot and CNCF distribution, in one run on one machine.
import { rmSync } from 'node:fs';
import { mkdtemp, realpath, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildPackage } from '../build.ts';
import { type RegistryKind, type RunningRegistry, registryKinds, startRegistry } from './registry/bench-peers.ts';
import { measureRow, type Row } from './registry/measure.ts';
import { parseRegistryOptions, type RegistryBenchOptions, usage } from './registry/options.ts';
import { formatRow, formatSummaryTable } from './registry/report.ts';
import { pushRepository, pushSamples, workloads } from './registry/workloads.ts';

async function main(): Promise<void> {
  const options = parseRegistryOptions(process.argv.slice(2));
  if (options === 'help') {
    console.log(usage);
    return;
  }
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'lading-bench-registry-')));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  process.once('SIGINT', () => process.exit(130)).once('SIGTERM', () => process.exit(143));
  const started = performance.now();
  const machine = {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    kernel: release(),
    node: process.version,
  };
  console.log(`${machine.cores} × ${machine.cpu}, Linux ${machine.kernel}, Node ${machine.node}\n`);
  // As users have it: bundled.
  const kinds = registryKinds(await buildPackage(join(folder, 'package'))).filter(({ name }) =>
    options.registries.has(name),
  );
  for (const { name, title, program } of kinds)
    console.log(`${name}: ${program === undefined ? 'not here, left out' : title}`);
  const registries: RunningRegistry[] = [];
  try {
    const rows = await measureAll(kinds, options, folder, registries);
    console.log(`\n${formatSummaryTable(rows)}\n\n${notes(options)}`);
    const seconds = (performance.now() - started) / 1000;
    console.log(`Took ${seconds.toFixed(0)} s${options.quick ? ' (--quick: too few and too small to compare)' : ''}.`);
    if (options.json !== undefined) {
      const { operations: _, registries: __, ...settings } = options;
      const report = { date: new Date().toISOString(), machine, settings, seconds, rows };
      await writeFile(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
    }
  } finally {
    await Promise.all(registries.map((registry) => registry.stop()));
  }
}

async function measureAll(
  kinds: readonly RegistryKind[],
  options: RegistryBenchOptions,
  folder: string,
  registries: RunningRegistry[],
): Promise<Row[]> {
  const { rounds, match } = options;
  let hot: Awaited<ReturnType<typeof pushSamples>> | undefined;
  for (const kind of kinds) {
    if (kind.program === undefined) continue;
    const registry = await startRegistry(kind, join(folder, kind.name), options);
    registries.push(registry);
    hot = await pushSamples(registry);
  }
  if (hot === undefined) throw new Error('There is no registry to measure');
  for (const registry of registries) await registry.forgetPushed(pushRepository);
  const rows: Row[] = [];
  for (const workload of workloads(hot, { ...options, seed: options })) {
    if (!workload.name.includes(match)) continue;
    const row = await measureRow(workload, registries, rounds);
    console.log(`\n${formatRow(row)}`);
    rows.push(row);
  }
  return rows;
}

function notes({ tags, repositories }: RegistryBenchOptions): string {
  return `All registries run all the time, each a process with its data in a folder of its own; they are measured in turns. The load comes from a
process on the same machine, a client of our own on raw sockets, and competes with them for its cores ("load cores"). None of them logs
requests. One answer of each kind is verified by its digest, or by the names in it; all of them by status and length. What is read was pushed
through the API. The ${tags} tags and ${repositories} repositories of the lists were written to where each registry keeps them, before it was started.`;
}

try {
  await main();
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
