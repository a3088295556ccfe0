// How many bytes an update takes over the wire: an image of 200 MB in which one file of a hundred changed, from our registry and from
// docker-registry, by lading and by skopeo.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { drain, tap } from '@lading/bytes';
import { writeImage, writeLayer } from '@lading/image';
import { type Descriptor, Digester, mediaTypes } from '@lading/oci';
import { openOciLayout, put, type Repository } from '@lading/store';
import { findProgram } from '@lading/testkit';
import { tarOf } from '../../packages/image/src/seekable/testing/file-tree.ts';
import { estargz, zstdChunked } from '../../packages/image/src/seekable/testing/other-formats.ts';
import { startRegistries } from './bench-registry.ts';
import { measureProcess } from './measured-process.ts';
import { formatTable } from './table.ts';
import { changeTree, makeTree, type Tree, type TreeShape } from './wire/changing-tree.ts';
import { type CountingProxy, startCountingProxy } from './wire/counting-proxy.ts';

interface Row {
  readonly files: string;
  readonly format: string;
  readonly registry: string;
  readonly client: string;
  /** Of the layers of the update. */
  readonly layerBytes: number;
  /** Both ways, headers and all. */
  readonly wireBytes: number;
  readonly requests: number;
  readonly wallMs: number;
}

const lading = join(import.meta.dirname, '../../packages/cli/bin/lading');

const { values } = parseArgs({
  options: {
    mb: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    json: { type: 'string' },
  },
});
const bytes = Number(values.mb) * 1e6;
const seed = Number(values.seed);
const shapes: readonly TreeShape[] = [
  { name: 'mixed sizes', bytes, medianBytes: 12_000, spread: 1.3 },
  { name: 'about 10 KB', bytes, medianBytes: 10_000, spread: 0.2 },
];

/** A layer of a tree in each format. */
const formats: readonly { name: string; write: (repository: Repository, tree: Tree) => Promise<Descriptor> }[] = [
  { name: 'ours', write: async (repository, tree) => (await writeLayer(repository, tarOf(tree))).descriptor },
  { name: 'eStargz', write: (repository, tree) => packed(repository, mediaTypes.ociLayerGzip, estargz(tree)) },
  { name: 'zstd:chunked', write: (repository, tree) => packed(repository, mediaTypes.ociLayerZstd, zstdChunked(tree)) },
];

async function packed({ content }: Repository, mediaType: string, layer: Promise<Buffer>): Promise<Descriptor> {
  return { ...(await put(content, await layer)), mediaType };
}

async function writeRelease(repository: Repository, layer: Descriptor, tree: Tree, tag: string): Promise<void> {
  const diff = new Digester();
  await drain(tap(tarOf(tree), (chunk) => void diff.update(chunk)));
  const config = {
    os: 'linux',
    architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
    rootfs: { type: 'layers', diff_ids: [diff.digest()] },
  } as const;
  await repository.references.tag(tag, await writeImage(repository, { config, layers: [layer] }));
}

/** Pulls the first release, then the update; only the update counts. */
async function update(folder: string, proxy: CountingProxy, pull: (tag: string) => readonly [string, ...string[]]) {
  const env = { LADING_HOME: join(folder, 'home') };
  await measureProcess(pull('1'), { folder, env });
  proxy.take();
  const { wallMs } = await measureProcess(pull('2'), { folder, env });
  const { received, sent, requests } = proxy.take();
  return { wireBytes: received + sent, requests, wallMs };
}

async function measure(folder: string): Promise<Row[]> {
  const rows: Row[] = [];
  const registries = await startRegistries(lading, folder);
  const proxies = await Promise.all(registries.map(({ host }) => startCountingProxy(host)));
  try {
    for (const [shapeAt, shape] of shapes.entries()) {
      const before = makeTree(shape, seed);
      const after = changeTree(before, shape, seed + 1);
      for (const [formatAt, format] of formats.entries()) {
        const layout = join(folder, `layout-${shapeAt}-${formatAt}`);
        const repository = await openOciLayout(layout, { create: true });
        await writeRelease(repository, await format.write(repository, before), before, '1');
        const layer = await format.write(repository, after);
        await writeRelease(repository, layer, after, '2');
        for (const [at, registry] of registries.entries()) {
          const name = `bench/${shapeAt}${formatAt}`;
          for (const tag of ['1', '2'])
            await measureProcess([lading, 'copy', `oci:${layout}:${tag}`, `${registry.host}/${name}:${tag}`], {
              folder,
            });
          const proxy = proxies[at] as CountingProxy;
          for (const client of clients(folder, `${proxy.host}/${name}`)) {
            const counted = await update(folder, proxy, client.pull);
            const { name: files } = shape;
            rows.push({
              files,
              format: format.name,
              registry: registry.name,
              client: client.name,
              layerBytes: layer.size,
              ...counted,
            });
            await client.clear();
          }
        }
        await rm(layout, { recursive: true });
      }
    }
  } finally {
    await Promise.all(proxies.map((proxy) => proxy.stop()));
    await Promise.all(registries.map((registry) => registry.stop()));
  }
  return rows;
}

interface Client {
  readonly name: string;
  pull(tag: string): readonly [string, ...string[]];
  clear(): Promise<void>;
}

function clients(folder: string, image: string): Client[] {
  const home = join(folder, 'home');
  const layout = join(folder, 'skopeo');
  const ours: Client = {
    name: 'lading',
    pull: (tag) => [lading, 'pull', `${image}:${tag}`],
    clear: () => rm(home, { recursive: true, force: true }),
  };
  const program = findProgram('skopeo');
  if (program === undefined) return [ours];
  const copy = ['copy', '--insecure-policy', '--src-tls-verify=false'];
  const pull: Client['pull'] = (tag) => [program, ...copy, `docker://${image}:${tag}`, `oci:${layout}:${tag}`];
  return [ours, { name: 'skopeo', pull, clear: () => rm(layout, { recursive: true, force: true }) }];
}

function text(rows: readonly Row[]): string {
  const head = ['files', 'layers are', 'registry', 'client', 'layers MB', 'wire MB', 'share', 'requests', 'seconds'];
  const lines = rows.map(({ files, format, registry, client, layerBytes, wireBytes, requests, wallMs }) => [
    files,
    format,
    registry,
    client,
    (layerBytes / 1e6).toFixed(1),
    (wireBytes / 1e6).toFixed(2),
    `${((100 * wireBytes) / layerBytes).toFixed(2)}%`,
    `${requests}`,
    (wallMs / 1000).toFixed(2),
  ]);
  return `An update in which 1% of the files of a ${bytes / 1e6} MB image changed\n${formatTable([head, ...lines])}`;
}

const folder = await mkdtemp(join(tmpdir(), 'lading-wire-'));
try {
  await mkdir(join(folder, 'home'));
  const rows = await measure(folder);
  console.log(text(rows));
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(rows, undefined, 2)}\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
