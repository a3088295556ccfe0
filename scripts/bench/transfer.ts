import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram } from '@lading/testkit';
import { type BenchRegistry, startRegistries } from './bench-registry.ts';
import { measureProcess, type ProcessCost } from './measured-process.ts';
import { cpuMsOf, forgetPeak, peakBytesOf } from './process-usage.ts';
import { type Contender, inRounds } from './rounds.ts';
import { writeSampleLayout } from './sample-layout.ts';
import type { Section } from './section.ts';
import { advantage, type Summary, summarize } from './statistics.ts';
import { formatMegabytes, formatRatio, formatSummary, formatTable } from './table.ts';

export interface TransferOptions {
  readonly lading: string;
  /** Empty, and removed by the caller. */
  readonly folder: string;
  readonly layerBytes: readonly number[];
  readonly rounds: number;
  readonly directions: readonly Direction[];
}

export type Direction = 'push' | 'pull';

interface Sample extends ProcessCost {
  readonly serverCpuMs: number | undefined;
}

interface Row {
  readonly direction: Direction;
  readonly layerBytes: number;
  readonly client: string;
  readonly registry: string;
  readonly wallMs: Summary;
  readonly cpuMs: Summary | undefined;
  readonly serverCpuMs: Summary | undefined;
  readonly peakBytes: number | undefined;
  /** Of the registry, since the rows of this size and direction began. */
  readonly serverPeakBytes: number | undefined;
  /** skopeo and docker-registry are 1; above that it is faster. */
  readonly advantage: number | undefined;
}

/** Push and pull of one large layer, by our client and skopeo, with our registry and docker-registry: whole processes. */
export async function measureTransfers(options: TransferOptions): Promise<Section> {
  const clients = clientsOf(options);
  const registries = await startRegistries(options.lading, options.folder);
  const rows: Row[] = [];
  try {
    for (const layerBytes of options.layerBytes) {
      const layout = join(options.folder, 'layout');
      await writeSampleLayout(layout, layerBytes);
      for (const client of clients) await client.prepare(layout);
      for (const direction of options.directions) {
        rows.push(...(await measureDirection(direction, layerBytes, clients, registries, options)));
      }
      for (const client of clients) await client.clear();
      await rm(layout, { recursive: true, force: true });
    }
  } finally {
    await Promise.all(registries.map((registry) => registry.stop()));
  }
  return { name: 'transfers', data: rows, text: textOf(rows, options) };
}

/** A program that moves images; what it keeps lies in folders that are made anew. */
interface Client {
  readonly name: string;
  /** Makes the layout known to it, outside of what is measured. */
  prepare(layout: string): Promise<void>;
  push(to: string): Promise<ProcessCost>;
  /** Into something empty. */
  pull(from: string): Promise<ProcessCost>;
  /** Removes what was pulled. */
  forget(): Promise<void>;
  clear(): Promise<void>;
}

function clientsOf({ lading, folder }: TransferOptions): Client[] {
  const skopeo = findProgram('skopeo');
  const ours = ladingClient(lading, join(folder, 'lading'), folder);
  return skopeo === undefined ? [ours] : [ours, skopeoClient(skopeo, join(folder, 'skopeo'), folder)];
}

function ladingClient(program: string, home: string, folder: string): Client {
  const empty = `${home}-pulled`;
  const run = (root: string, ...args: string[]): Promise<ProcessCost> =>
    measureProcess([program, ...args, '--quiet', '--root', root], { folder });
  return {
    name: 'lading',
    async prepare(layout) {
      await run(home, 'copy', `oci:${layout}:bench`, 'local:bench:latest');
    },
    push: (to) => run(home, 'push', 'bench:latest', to),
    pull: (from) => run(empty, 'pull', from),
    forget: () => rm(empty, { recursive: true, force: true }),
    clear: () => rm(home, { recursive: true, force: true }),
  };
}

function skopeoClient(program: string, home: string, folder: string): Client {
  const pulled = join(home, 'pulled');
  let source = '';
  const copy = async (...args: string[]): Promise<ProcessCost> => {
    await mkdir(home, { recursive: true });
    return measureProcess([program, '--insecure-policy', 'copy', '--quiet', ...args], {
      folder,
      // What it remembers about blobs lies here; root's lies in /var/lib/containers whatever we say. It lets skopeo ask for a mount, which
      // both registries decline because the blobs were deleted.
      env: { HOME: home, XDG_DATA_HOME: home, XDG_RUNTIME_DIR: home },
    });
  };
  return {
    name: 'skopeo',
    async prepare(layout) {
      source = `oci:${layout}:bench`;
    },
    push: (to) => copy('--dest-tls-verify=false', source, `docker://${to}`),
    pull: (from) => copy('--src-tls-verify=false', `docker://${from}`, `oci:${pulled}:bench`),
    forget: () => rm(home, { recursive: true, force: true }),
    clear: () => rm(home, { recursive: true, force: true }),
  };
}

async function measureDirection(
  direction: Direction,
  layerBytes: number,
  clients: readonly Client[],
  registries: readonly BenchRegistry[],
  { rounds }: TransferOptions,
): Promise<Row[]> {
  const pairs = clients.flatMap((client) => registries.map((registry) => ({ client, registry })));
  const pulled = `bench/${layerBytes}/pulled:latest`;
  for (const registry of registries) {
    await forgetPeak(registry.pid);
    if (direction === 'pull') await clients[0]?.push(`${registry.host}/${pulled}`);
  }
  let pushes = 0;
  const contenders = pairs.map(({ client, registry }): Contender<Sample> & (typeof pairs)[number] => ({
    client,
    registry,
    name: `${client.name} ${registry.name}`,
    async measure() {
      const before = await cpuMsOf(registry.pid);
      const cost =
        direction === 'push'
          ? await client.push(`${registry.host}/bench/${layerBytes}/${++pushes}:latest`)
          : await client.pull(`${registry.host}/${pulled}`);
      const after = await cpuMsOf(registry.pid);
      await client.forget();
      if (direction === 'push') await registry.forgetBlobs();
      return { ...cost, serverCpuMs: before === undefined || after === undefined ? undefined : after - before };
    },
  }));
  for (const { measure } of contenders) await measure(); // warms caches and just-in-time compilers, on both sides
  const samples = await inRounds(rounds, contenders);
  const wall = (name: string): Summary => summarize((samples.get(name) ?? []).map(({ wallMs }) => wallMs));
  const peers = contenders.find(({ name }) => name === 'skopeo docker-registry');
  const rows: Row[] = [];
  for (const { name, client, registry } of contenders) {
    const all = samples.get(name) ?? [];
    const known = (values: (number | undefined)[]): number[] => values.filter((value) => value !== undefined);
    const summaryOf = (values: number[]): Summary | undefined => (values.length === 0 ? undefined : summarize(values));
    const peaks = known(all.map(({ peakBytes }) => peakBytes));
    rows.push({
      direction,
      layerBytes,
      client: client.name,
      registry: registry.name,
      wallMs: wall(name),
      cpuMs: summaryOf(known(all.map(({ cpuMs }) => cpuMs))),
      serverCpuMs: summaryOf(known(all.map(({ serverCpuMs }) => serverCpuMs))),
      peakBytes: peaks.length === 0 ? undefined : Math.max(...peaks),
      serverPeakBytes: await peakBytesOf(registry.pid),
      advantage: peers === undefined ? undefined : advantage(wall(name), wall(peers.name), 'less'),
    });
  }
  if (direction === 'pull') for (const registry of registries) await registry.forgetBlobs();
  return rows;
}

function textOf(rows: readonly Row[], { rounds }: TransferOptions): string {
  const head = ['', 'layer', 'client', 'registry', 'wall s', 'client CPU s', 'registry CPU s'];
  const table = formatTable([
    [...head, 'client peak MB', 'registry peak MB', 'faster than skopeo → docker-registry'],
    ...rows.map((row) => [
      row.direction,
      `${row.layerBytes / 1e6} MB`,
      row.client,
      row.registry,
      formatSummary(row.wallMs, 2, 1e-3),
      row.cpuMs === undefined ? '-' : (row.cpuMs.median / 1000).toFixed(2),
      row.serverCpuMs === undefined ? '-' : (row.serverCpuMs.median / 1000).toFixed(2),
      formatMegabytes(row.peakBytes),
      formatMegabytes(row.serverPeakBytes),
      row.advantage === undefined ? '-' : formatRatio(row.advantage),
    ]),
  ]);
  return `Push and pull of one layer: median of ${rounds} (min–max), whole processes over loopback
${table}
  The layer is a gzip file of incompressible bytes: nobody compresses it again. lading pushes from and pulls into its local store (the
  pull into an empty one), skopeo an OCI layout; both clients and both registries check digests and sync the layer to disk. Every push
  goes to a new repository of a registry whose blobs were deleted, so nothing can be mounted or left out. Rounds are interleaved, each
  beginning with another pair; the first is not counted.`;
}
