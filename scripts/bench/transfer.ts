import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type BenchRegistry, startRegistries } from './bench-registry.ts';
import { type Client, type ClientName, clientNames, findClients, missingClients, type Operation } from './clients.ts';
import { type ProcessCost, TookTooLong } from './measured-process.ts';
import { cpuMsOf, forgetPeak, peakBytesOf } from './process-usage.ts';
import { type Contender, inRounds } from './rounds.ts';
import { writeSampleLayout } from './sample-layout.ts';
import type { Section } from './section.ts';
import { advantage, type Summary, summarize } from './statistics.ts';
import { formatMegabytes, formatRatio, formatSummary, formatTable } from './table.ts';

/** So many layers of so many bytes each. */
export interface Shape {
  readonly name: string;
  readonly layers: number;
  readonly layerBytes: number;
}

export interface TransferOptions {
  readonly lading: string;
  /** Empty, and removed by the caller. */
  readonly folder: string;
  readonly shapes: readonly Shape[];
  readonly operations: readonly Operation[];
  /** Beside ours; all that are installed unless told. */
  readonly clients?: Iterable<ClientName> | undefined;
  readonly rounds: number;
  /** A client that takes longer than this is not asked again for the same. */
  readonly limitMs: number;
}

interface Sample extends ProcessCost {
  readonly serverCpuMs: number | undefined;
}

interface Row {
  readonly operation: Operation;
  readonly shape: string;
  readonly client: string;
  readonly registry: string;
  /** Undefined for a client that took longer than the limit. */
  readonly wallMs: Summary | undefined;
  readonly cpuMs: Summary | undefined;
  /** Of the registry that is written to, else of the one that is read. */
  readonly serverCpuMs: Summary | undefined;
  readonly peakBytes: number | undefined;
  /** Of that registry, since the rows of this shape and operation began. */
  readonly serverPeakBytes: number | undefined;
  /** How many times as long the client takes as ours. */
  readonly behindOurs: number | undefined;
}

/** Registries of one kind: what is written goes to `target`, what is read comes from `source`. */
interface Pair {
  readonly source: BenchRegistry;
  readonly target: BenchRegistry;
}

/** Push, pull, copy and save by our client and its peers, with our registry and docker-registry: whole processes. */
export async function measureTransfers(options: TransferOptions): Promise<Section> {
  const { lading, folder } = options;
  const clients = findClients({ lading, folder, names: options.clients ?? clientNames });
  const sources = await startRegistries(options.lading, join(options.folder, 'source'));
  const targets = await startRegistries(options.lading, join(options.folder, 'target'));
  const pairs = sources.map((source, at): Pair => ({ source, target: targets[at] as BenchRegistry }));
  const rows: Row[] = [];
  try {
    for (const shape of options.shapes) {
      const layout = join(options.folder, 'layout');
      await writeSampleLayout(
        layout,
        Array.from({ length: shape.layers }, () => shape.layerBytes),
      );
      for (const client of clients) await client.prepare(layout);
      const from = `bench/${shape.layers}x${shape.layerBytes}:latest`;
      for (const { source } of pairs) await clients[0]?.push(`${source.host}/${from}`);
      for (const operation of options.operations) {
        for (const pair of pairs) rows.push(...(await measureOne(operation, shape, from, clients, pair, options)));
      }
      for (const client of clients) await client.clear();
      for (const { source } of pairs) await source.forgetBlobs();
      await rm(layout, { recursive: true, force: true });
    }
  } finally {
    await Promise.all([...sources, ...targets].map((registry) => registry.stop()));
  }
  return { name: 'transfers', data: rows, text: textOf(rows, options) };
}

let repositories = 0;

async function measureOne(
  operation: Operation,
  shape: Shape,
  from: string,
  clients: readonly Client[],
  { source, target }: Pair,
  { rounds, limitMs }: TransferOptions,
): Promise<Row[]> {
  const writes = operation === 'push' || operation === 'copy';
  const registry = writes ? target : source;
  await forgetPeak(registry.pid);
  const slow = new Set<string>();
  const contenders = clients.map(
    (client): Contender<Sample | undefined> => ({
      name: client.name,
      async measure() {
        if (slow.has(client.name)) return undefined;
        const to = `${target.host}/bench/${++repositories}:latest`;
        const before = await cpuMsOf(registry.pid);
        const cost = await run(client, operation, `${source.host}/${from}`, to, limitMs).catch((error: unknown) => {
          if (!(error instanceof TookTooLong)) throw error;
          slow.add(client.name);
        });
        const after = await cpuMsOf(registry.pid);
        await client.forget();
        if (writes) await target.forgetBlobs();
        if (cost === undefined) return undefined;
        return { ...cost, serverCpuMs: before === undefined || after === undefined ? undefined : after - before };
      },
    }),
  );
  for (const { measure } of contenders) await measure(); // warms caches and just-in-time compilers, on both sides
  const samples = await inRounds(rounds, contenders);
  const known = <T>(values: readonly (T | undefined)[]): T[] => values.filter((value) => value !== undefined);
  const of = (name: string): Sample[] => (slow.has(name) ? [] : known(samples.get(name) ?? []));
  const summaryOf = (values: number[]): Summary | undefined => (values.length === 0 ? undefined : summarize(values));
  const wall = (name: string): Summary | undefined => summaryOf(of(name).map(({ wallMs }) => wallMs));
  const ours = wall('lading');
  const serverPeakBytes = await peakBytesOf(registry.pid);
  return contenders.map(({ name }) => {
    const all = of(name);
    const theirs = wall(name);
    const peaks = known(all.map(({ peakBytes }) => peakBytes));
    return {
      operation,
      shape: shape.name,
      client: name,
      registry: registry.name,
      wallMs: theirs,
      cpuMs: summaryOf(known(all.map(({ cpuMs }) => cpuMs))),
      serverCpuMs: summaryOf(known(all.map(({ serverCpuMs }) => serverCpuMs))),
      peakBytes: peaks.length === 0 ? undefined : Math.max(...peaks),
      serverPeakBytes,
      behindOurs: ours === undefined || theirs === undefined ? undefined : advantage(ours, theirs, 'less'),
    };
  });
}

function run(client: Client, operation: Operation, from: string, to: string, timeoutMs: number): Promise<ProcessCost> {
  if (operation === 'push') return client.push(to, timeoutMs);
  return operation === 'copy' ? client.copy(from, to, timeoutMs) : client[operation](from, timeoutMs);
}

function textOf(rows: readonly Row[], { rounds, limitMs, clients = clientNames }: TransferOptions): string {
  const missing = missingClients(clients);
  const table = formatTable([
    ['', 'layers', 'registry', 'client', 'wall s', 'CPU s', 'peak MB', 'registry CPU s', 'registry peak MB', '× ours'],
    ...rows.map((row) => [
      row.operation,
      row.shape,
      row.registry,
      row.client,
      row.wallMs === undefined ? `> ${limitMs / 1000}` : formatSummary(row.wallMs, 2, 1e-3),
      row.cpuMs === undefined ? '-' : (row.cpuMs.median / 1000).toFixed(2),
      formatMegabytes(row.peakBytes),
      row.serverCpuMs === undefined ? '-' : (row.serverCpuMs.median / 1000).toFixed(2),
      formatMegabytes(row.serverPeakBytes),
      row.behindOurs === undefined ? '-' : formatRatio(row.behindOurs),
    ]),
  ]);
  return `Transfers: median of ${rounds} (min–max), whole processes over loopback
${table}
  Layers are gzip files of incompressible bytes: nobody compresses them again. lading pushes from and pulls into its local store (the
  pull into an empty one), the others an OCI layout; copies go from one registry process to another of the same kind; save writes one
  archive of what a registry has. Ours syncs everything it keeps to disk. Every push and copy goes to a new repository of a registry
  whose blobs were deleted, so nothing can be mounted or left out. Rounds are interleaved, each beginning with another client; the first
  is not counted. A client whose run takes longer than ${limitMs / 1000} s is ended and not asked again for the same: "> ${limitMs / 1000}".${missing.length === 0 ? '' : `\n  Not here, so not measured: ${missing.join(', ')}.`}`;
}
