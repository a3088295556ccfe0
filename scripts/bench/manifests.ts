import { fileURLToPath } from 'node:url';
import { digestOf, encodeJson, mediaTypes } from '@lading/oci';
import { runProgram } from '@lading/testkit';
import { type BenchRegistry, startRegistries } from './bench-registry.ts';
import type { Load, LoadResult } from './manifest-load.ts';
import { cpuMsOf, peakBytesOf } from './process-usage.ts';
import { inRounds } from './rounds.ts';
import type { Section } from './section.ts';
import { advantage, type Summary, summarize } from './statistics.ts';
import { formatMegabytes, formatRatio, formatSummary, formatTable } from './table.ts';

export interface ManifestOptions {
  readonly lading: string;
  readonly folder: string;
  readonly tags: number;
  readonly rounds: number;
  readonly durationMs: number;
}

const connections = 32;
const repository = 'bench/manifests';

interface Sample extends LoadResult {
  /** Of the registry, in cores. */
  readonly cores: number;
}

/** Manifest GETs by tag per second, with our registry and docker-registry. */
export async function measureManifests(options: ManifestOptions): Promise<Section> {
  const registries = await startRegistries(options.lading, options.folder);
  try {
    for (const registry of registries) await fill(registry, options.tags);
    const contenders = registries.map((registry) => ({
      name: registry.name,
      measure: (): Promise<Sample> => measure(registry, options),
    }));
    const samples = await inRounds(options.rounds, contenders);
    const rates = (name: string): Summary =>
      summarize((samples.get(name) ?? []).map(({ answers, durationMs }) => (answers * 1000) / durationMs));
    const of = (name: string, value: (sample: Sample) => number): Summary =>
      summarize((samples.get(name) ?? []).map(value));
    const peer = registries.find(({ name }) => name === 'docker-registry');
    const data = await Promise.all(
      registries.map(async ({ name, pid }) => ({
        registry: name,
        getsPerSecond: rates(name),
        p50Ms: of(name, ({ latencyMs }) => latencyMs.p50),
        p99Ms: of(name, ({ latencyMs }) => latencyMs.p99),
        cores: of(name, ({ cores }) => cores),
        generatorCores: of(name, ({ cpuMs, durationMs }) => cpuMs / durationMs),
        peakBytes: await peakBytesOf(pid),
        advantage: peer === undefined ? undefined : advantage(rates(name), rates(peer.name), 'more'),
      })),
    );
    const table = formatTable([
      ['registry', 'GETs/s', 'p50 ms', 'p99 ms', 'its cores', 'load cores', 'peak MB', 'faster than docker-registry'],
      ...data.map((row) => [
        row.registry,
        formatSummary(row.getsPerSecond, 0),
        row.p50Ms.median.toFixed(2),
        row.p99Ms.median.toFixed(2),
        row.cores.median.toFixed(2),
        row.generatorCores.median.toFixed(2),
        formatMegabytes(row.peakBytes),
        row.advantage === undefined ? '-' : formatRatio(row.advantage),
      ]),
    ]);
    const text = `Manifest GETs by tag, ${connections} connections, ${options.tags} tags: median of ${options.rounds} (min–max), ${options.durationMs / 1000} s each
${table}
  The load comes from a process on the same machine and competes with the registry for its cores. Neither logs requests.`;
    return { name: 'manifests', data, text };
  } finally {
    await Promise.all(registries.map((registry) => registry.stop()));
  }
}

async function measure({ host, pid }: BenchRegistry, { tags, durationMs }: ManifestOptions): Promise<Sample> {
  const load: Load = {
    port: Number(host.slice(host.lastIndexOf(':') + 1)),
    paths: Array.from({ length: tags }, (_, tag) => `/v2/${repository}/manifests/${tagName(tag)}`),
    headers: { Accept: `${mediaTypes.ociManifest}, ${mediaTypes.ociIndex}, ${mediaTypes.dockerManifest}` },
    connections,
    warmUpMs: 500,
    durationMs,
  };
  const script = fileURLToPath(new URL('./manifest-load.ts', import.meta.url));
  const [before, began] = [await cpuMsOf(pid), performance.now()];
  const { code, stdout, stderr } = await runProgram(process.execPath, [script, JSON.stringify(load)]);
  const [after, ended] = [await cpuMsOf(pid), performance.now()];
  if (code !== 0) throw new Error(`the load generator failed: ${stderr}`);
  const cores = before === undefined || after === undefined ? Number.NaN : (after - before) / (ended - began);
  return { ...(JSON.parse(stdout) as LoadResult), cores };
}

/** Manifests of usual size, each another one, of one config and layers that they share. */
async function fill({ host }: BenchRegistry, tags: number): Promise<void> {
  const blob = async (content: Uint8Array, mediaType: string): Promise<object> => {
    const digest = digestOf(content);
    const opened = await fetch(`http://${host}/v2/${repository}/blobs/uploads/`, { method: 'POST' });
    const url = new URL(opened.headers.get('location') ?? '', `http://${host}`);
    url.searchParams.set('digest', digest);
    await expectCreated(
      fetch(url, { method: 'PUT', body: content, headers: { 'Content-Type': 'application/octet-stream' } }),
    );
    return { mediaType, digest, size: content.length };
  };
  const config = await blob(encodeJson({ architecture: 'amd64', os: 'linux' }), mediaTypes.ociConfig);
  const layers: object[] = [];
  for (let layer = 0; layer < 5; layer++)
    layers.push(await blob(Buffer.from(`layer ${layer}`), mediaTypes.ociLayerGzip));
  for (let tag = 0; tag < tags; tag++) {
    const annotations = { 'org.opencontainers.image.version': tagName(tag) };
    const mediaType = mediaTypes.ociManifest;
    const manifest = encodeJson({ schemaVersion: 2, mediaType, config, layers, annotations });
    const url = `http://${host}/v2/${repository}/manifests/${tagName(tag)}`;
    await expectCreated(fetch(url, { method: 'PUT', body: manifest, headers: { 'Content-Type': mediaType } }));
  }
}

function tagName(tag: number): string {
  return `1.${tag}`;
}

async function expectCreated(answer: Promise<Response>): Promise<void> {
  const response = await answer;
  const text = await response.text();
  if (response.status !== 201) throw new Error(`the registry answered ${response.status}: ${text}`);
}
