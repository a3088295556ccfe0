// What `npm run bench:scale` runs: `lading serve` with one repository of a million manifests and tags.
import { existsSync, rmSync } from 'node:fs';
import { mkdtemp, realpath, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { mediaTypes } from '@lading/oci';
import { buildPackage } from '../build.ts';
import { forgetPeak, peakBytesOf } from './process-usage.ts';
import { type RunningRegistry, registryKinds, startRegistry } from './registry/bench-peers.ts';
import type { Load, LoadResult } from './registry/load.ts';
import { generate } from './registry/measure.ts';
import { scaleManifest, scaleRepository, scaleTag, seedManifests } from './scale/seed-manifests.ts';
import { summarize } from './statistics.ts';
import { formatMegabytes, formatTable } from './table.ts';

const usage = `npm run bench:scale -- [--manifests=N] [--folder=DIR] [--json=FILE]

  --manifests=N  each with a tag, all in one repository (1000000)
  --folder=DIR   seed here, or use what was seeded here before, and leave it
  --seconds=N    of each measurement (5)
  --json=FILE    also write the figures there`;

/** What the project promises. */
const goals = { startMs: 2000, list: 10, put: 20 };
const starts = 5;

interface Measured extends LoadResult {
  readonly name: string;
  readonly connections: number;
  readonly peakBytes: number | undefined;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      manifests: { type: 'string', default: '1000000' },
      folder: { type: 'string' },
      seconds: { type: 'string', default: '5' },
      json: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return console.log(usage);
  const count = Number(values.manifests);
  const own = await realpath(await mkdtemp(join(tmpdir(), 'lading-bench-scale-')));
  process.once('exit', () => rmSync(own, { recursive: true, force: true }));
  process.once('SIGINT', () => process.exit(130)).once('SIGTERM', () => process.exit(143));
  const folder = values.folder ?? own;
  const root = join(folder, 'root');
  let seedSeconds: number | undefined;
  if (!existsSync(root)) {
    const began = performance.now();
    let told = began;
    await seedManifests(root, count, (done) => {
      if (performance.now() < told + 10_000) return;
      told = performance.now();
      console.error(`${done} of ${count} manifests`);
    });
    seedSeconds = (performance.now() - began) / 1000;
    console.log(`Seeded ${count} manifests with tags in ${seedSeconds.toFixed(0)} s`);
  }
  const [kind] = registryKinds(await buildPackage(join(own, 'package')));
  if (kind === undefined) throw new Error('There is nothing to measure');

  const startMs: number[] = [];
  let registry: RunningRegistry | undefined;
  for (let start = 0; start < starts; start++) {
    await registry?.stop();
    const began = performance.now();
    registry = await startRegistry(kind, folder);
    const { status } = await fetch(`http://127.0.0.1:${registry.port}/v2/${scaleRepository}/manifests/${scaleTag(0)}`);
    if (status !== 200) throw new Error(`the registry answered ${status}`);
    startMs.push(performance.now() - began);
  }
  if (registry === undefined) throw new Error('Nothing was started');
  try {
    const rows: Measured[] = [];
    for (const connections of [1, 10]) {
      for (const [name, work] of works(count)) {
        await forgetPeak(registry.pid);
        const load = { work, connections, warmUpMs: 500, durationMs: Number(values.seconds) * 1000, most: 1e9 };
        rows.push({
          name,
          connections,
          ...(await generate(load, registry)),
          peakBytes: await peakBytesOf(registry.pid),
        });
      }
    }
    const start = summarize(startMs);
    const table = formatTable([
      ['work', 'connections', 'per second', 'p50 ms', 'p99 ms', 'largest ms', 'goal p99 ms', 'peak MB'],
      ...rows.map(({ name, connections, count, durationMs, latencyMs, peakBytes }) => [
        name,
        String(connections),
        ((count * 1000) / durationMs).toFixed(0),
        latencyMs.p50.toFixed(2),
        latencyMs.p99.toFixed(2),
        latencyMs.max.toFixed(2),
        String(name.startsWith('PUT') ? goals.put : goals.list),
        formatMegabytes(peakBytes),
      ]),
    ]);
    console.log(`A repository of ${count} manifests, each with a tag\n${table}`);
    console.log(
      `  From its start to its first manifest: ${start.median.toFixed(0)} ms (${start.min.toFixed(0)}–${start.max.toFixed(0)}), goal ${goals.startMs} ms`,
    );
    if (values.json !== undefined) {
      await writeFile(values.json, `${JSON.stringify({ manifests: count, seedSeconds, start, rows }, undefined, 2)}\n`);
    }
  } finally {
    await registry.stop();
  }
}

function works(count: number): [string, Load['work']][] {
  const list = `/v2/${scaleRepository}/tags/list?n=100&last=`;
  const random = Array.from({ length: 1000 }, () => scaleTag(Math.floor(Math.random() * count)));
  const manifests = random.map((tag) => `/v2/${scaleRepository}/manifests/${tag}`);
  return [
    ['GET tags/list?n=100 at a random tag', { kind: 'list', paths: random.map((tag) => list + tag), one: true }],
    [
      'GET a random manifest by tag',
      {
        kind: 'read',
        method: 'GET',
        paths: manifests,
        headers: { Accept: mediaTypes.ociManifest },
        bytes: JSON.stringify(scaleManifest(scaleTag(0))).length,
      },
    ],
    [
      'PUT a manifest under a new tag',
      {
        kind: 'put',
        repository: scaleRepository,
        mediaType: mediaTypes.ociManifest,
        manifest: JSON.stringify(scaleManifest('@')),
        run: `p${Date.now().toString(36)}`,
      },
    ],
  ];
}

try {
  await main();
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
