// What `npm run bench` runs: Lading beside skopeo, docker-registry and the usual compressors, in one run on one machine.
import { rmSync } from 'node:fs';
import { mkdtemp, realpath, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildPackage } from '../build.ts';
import { missingClients } from './clients.ts';
import { measureManifests } from './manifests.ts';
import { type BenchOptions, parseOptions, usage } from './options.ts';
import type { Section } from './section.ts';
import { measureStartup } from './startup.ts';
import { measureThroughput } from './throughput.ts';
import { measureTransfers, type Shape } from './transfer.ts';

const shapes: readonly Shape[] = [
  { name: '1 × 500 MB', layers: 1, layerBytes: 500e6 },
  { name: '20 × 10 MB', layers: 20, layerBytes: 10e6 },
  { name: '2000 × 10 KB', layers: 2000, layerBytes: 10e3 },
];
const quickShapes: readonly Shape[] = [
  { name: '1 × 20 MB', layers: 1, layerBytes: 20e6 },
  { name: '50 × 10 KB', layers: 50, layerBytes: 10e3 },
];

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') {
    console.log(usage);
    return;
  }
  const missing = missingClients(options.clients ?? []);
  if (missing.length > 0) throw new Error(`There is no ${missing.join(' and no ')} here to measure`);
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'lading-bench-')));
  // Everything lies in here, also what programs and packages keep in temporary folders of their own, and goes with the process.
  process.env.TMPDIR = folder;
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  process.once('SIGINT', () => process.exit(130)).once('SIGTERM', () => process.exit(143));
  const started = performance.now();
  // As users have it: bundled. A checkout takes longer to start.
  const lading = await buildPackage(join(folder, 'package'));
  const machine = {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    kernel: release(),
    node: process.version,
  };
  console.log(`${machine.cores} × ${machine.cpu}, Linux ${machine.kernel}, Node ${machine.node}\n`);
  const sections: Section[] = [];
  for (const measure of sectionsOf(options, lading, folder)) {
    const section = await measure();
    console.log(`${section.text}\n`);
    sections.push(section);
  }
  const seconds = (performance.now() - started) / 1000;
  console.log(`Took ${seconds.toFixed(0)} s${options.quick ? ' (--quick: too few and too small to compare)' : ''}.`);
  if (options.json !== undefined) {
    const results = Object.fromEntries(sections.map(({ name, data }) => [name, data]));
    const report = { date: new Date().toISOString(), machine, quick: options.quick, seconds, ...results };
    await writeFile(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
  }
}

function sectionsOf(
  { quick, only, ...chosen }: BenchOptions,
  lading: string,
  folder: string,
): (() => Promise<Section>)[] {
  const isChosen = ({ layers }: Shape): boolean => chosen.layers.size === 0 || chosen.layers.has(layers);
  const sections: (() => Promise<Section>)[] = [];
  if (only.has('startup')) sections.push(() => measureStartup({ lading, folder, rounds: quick ? 5 : 15 }));
  if (only.has('manifests')) {
    const size = quick ? { tags: 100, rounds: 2, durationMs: 1000 } : { tags: 1000, rounds: 5, durationMs: 3000 };
    sections.push(() => measureManifests({ lading, folder: join(folder, 'manifests'), ...size }));
  }
  if (only.has('transfer')) {
    const size = quick ? { shapes: quickShapes, rounds: 2 } : { shapes: shapes.filter(isChosen), rounds: 5 };
    const { operations, clients, rounds = size.rounds, limitSeconds } = chosen;
    sections.push(() =>
      measureTransfers({
        lading,
        folder: join(folder, 'transfer'),
        shapes: size.shapes,
        operations: [...operations],
        clients,
        rounds,
        limitMs: limitSeconds * 1000,
      }),
    );
  }
  if (only.has('throughput')) {
    sections.push(() => measureThroughput(quick ? { bytes: 16e6, rounds: 2 } : { bytes: 100e6, rounds: 5 }));
  }
  return sections;
}

try {
  await main();
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
