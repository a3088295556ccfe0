import { createHash } from 'node:crypto';
import { digestOf, encodeJson, mediaTypes } from '@lading/oci';
import type { RunningRegistry } from './bench-peers.ts';
import { createContent } from './content.ts';
import type { Load } from './load.ts';
import { type Seed, seededTag, tagsRepository } from './seed.ts';

/** The names that `--operations` takes. */
export const operationNames = [
  'manifest-tag',
  'manifest-digest',
  'manifest-head',
  'blob-1k',
  'pull',
  'push',
  'tags',
  'catalog',
] as const;
export type OperationName = (typeof operationNames)[number];

/** A row of the table: one kind of work at one number of connections. */
export interface Workload {
  readonly operation: OperationName;
  /** For people. */
  readonly name: string;
  readonly connections: number;
  /** Of content that moves each time; 0 where requests are what is counted. */
  readonly bytes: number;
  readonly load: Pick<Load, 'work' | 'warmUpMs' | 'durationMs' | 'most'>;
  /** Fails when an answer is not what it should be, by its digest or by what is in it. Asked once for each registry. */
  verify(registry: RunningRegistry): Promise<void>;
}

const repository = 'bench/hot';
export const pushRepository = 'bench/pushed';
const manifestTags = 1000;
const sizes = { '1 KiB': 1024, '1 MB': 1e6, '10 MB': 10e6, '100 MB': 100e6 } as const;

interface Hot {
  readonly tags: readonly string[];
  readonly digests: readonly string[];
  readonly manifestBytes: number;
  readonly blobs: ReadonlyMap<number, string>;
}

/** Pushes what is read: manifests of usual size, each another one, and blobs of each size. The same bytes for every registry. */
export async function pushSamples({ port }: RunningRegistry): Promise<Hot> {
  const base = `http://127.0.0.1:${port}/v2/${repository}`;
  const blob = async (parts: readonly Uint8Array[], digest: string): Promise<void> => {
    const opened = await fetch(`${base}/blobs/uploads/`, { method: 'POST' });
    const url = new URL(opened.headers.get('location') ?? '', base);
    url.searchParams.set('digest', digest);
    const headers = { 'Content-Type': 'application/octet-stream' };
    await expectCreated(fetch(url, { method: 'PUT', body: Buffer.concat(parts), headers }));
  };
  const blobs = new Map<number, string>();
  for (const size of Object.values(sizes)) {
    const { parts, digest } = createContent(size, 'sample').next();
    await blob(parts, digest);
    blobs.set(size, digest);
  }
  const small = async (content: Uint8Array, mediaType: string): Promise<object> => {
    const digest = digestOf(content);
    await blob([content], digest);
    return { mediaType, digest, size: content.length };
  };
  const config = await small(encodeJson({ architecture: 'amd64', os: 'linux' }), mediaTypes.ociConfig);
  const layers: object[] = [];
  for (let at = 0; at < 5; at++) layers.push(await small(Buffer.from(`layer ${at}`), mediaTypes.ociLayerGzip));
  const manifests = Array.from({ length: manifestTags }, (_, at) => {
    const tag = `1.${String(at).padStart(4, '0')}`;
    const annotations = { 'org.opencontainers.image.version': tag };
    const bytes = encodeJson({ schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers, annotations });
    return { tag, bytes, digest: digestOf(bytes) };
  });
  const headers = { 'Content-Type': mediaTypes.ociManifest };
  for (let at = 0; at < manifests.length; at += 10) {
    const some = manifests.slice(at, at + 10);
    await Promise.all(
      some.map(({ tag, bytes }) =>
        expectCreated(fetch(`${base}/manifests/${tag}`, { method: 'PUT', body: bytes, headers })),
      ),
    );
  }
  const [tags, digests] = [manifests.map(({ tag }) => tag), manifests.map(({ digest }) => digest)];
  const manifestBytes = manifests[0]?.bytes.length ?? 0;
  return { tags, digests, manifestBytes, blobs };
}

export interface WorkloadOptions {
  readonly operations: ReadonlySet<OperationName>;
  readonly connections: readonly number[];
  readonly seed: Seed;
  /** Of each measurement of small things. */
  readonly durationMs: number;
  /** So much is moved in a measurement of large ones, unless every connection has one to move. */
  readonly megabytes: number;
}

export function workloads(hot: Hot, options: WorkloadOptions): Workload[] {
  const { operations, connections, seed, durationMs, megabytes } = options;
  const rows: Workload[] = [];
  const add = (
    operation: OperationName,
    name: string,
    bytes: number,
    work: Load['work'],
    verify: Workload['verify'],
    numbers = connections,
  ): void => {
    if (!operations.has(operation)) return;
    const small = bytes < 1e6;
    const most = small ? 1e9 : Math.ceil((megabytes * 1e6) / bytes);
    const warmUpMs = small ? durationMs / 5 : 0;
    for (const number of numbers)
      rows.push({
        operation,
        name,
        connections: number,
        bytes: small ? 0 : bytes,
        load: { work, warmUpMs, durationMs: small ? durationMs : 60_000, most },
        verify,
      });
  };
  const headers = { Accept: `${mediaTypes.ociManifest}, ${mediaTypes.ociIndex}, ${mediaTypes.dockerManifest}` };
  const at = (path: string): string => `/v2/${repository}/${path}`;
  const byTag = hot.tags.map((tag) => at(`manifests/${tag}`));
  const byDigest = hot.digests.map((digest) => at(`manifests/${digest}`));
  const isManifest = verifyDigest(byTag[7] ?? '', hot.digests[7] ?? '', headers);
  const read = (paths: readonly string[], bytes: number, method: 'GET' | 'HEAD' = 'GET') =>
    ({ kind: 'read', method, paths, headers, bytes }) as const;
  add('manifest-tag', 'manifest GET by tag', 0, read(byTag, hot.manifestBytes), isManifest);
  add('manifest-digest', 'manifest GET by digest', 0, read(byDigest, hot.manifestBytes), isManifest);
  add('manifest-head', 'manifest HEAD by tag', 0, read(byTag, 0, 'HEAD'), isManifest);
  for (const [name, size] of Object.entries(sizes)) {
    const digest = hot.blobs.get(size) ?? '';
    const path = at(`blobs/${digest}`);
    const [operation, title] =
      size === sizes['1 KiB'] ? (['blob-1k', 'blob GET 1 KiB'] as const) : (['pull', `pull ${name}`] as const);
    add(operation, title, size, read([path], size), verifyDigest(path, digest));
  }
  for (const [name, size] of Object.entries(sizes)) {
    if (size === sizes['1 KiB']) continue;
    const run = `${process.pid} ${Date.now()}`;
    add(
      'push',
      `push ${name}`,
      size,
      { kind: 'push', repository: pushRepository, bytes: size, run },
      verifyPushed(size),
    );
  }
  const tagsPath = `/v2/${tagsRepository}/tags/list`;
  const pages = Array.from(
    { length: 500 },
    (_, page) => `${tagsPath}?n=100&last=${seededTag((page * 7919) % Math.max(1, seed.tags - 101))}`,
  );
  const tags = `of ${seed.tags} tags`;
  add('tags', `100 ${tags}`, 0, { kind: 'list', paths: pages, one: true }, verifyList(pages[1] ?? '', 'tags', 100));
  add(
    'tags',
    `all ${tags}`,
    0,
    { kind: 'list', paths: [tagsPath], one: false },
    verifyList(tagsPath, 'tags', seed.tags),
    [1, 10],
  );
  const catalog = `of ${seed.repositories} repositories`;
  const hundred = `/v2/_catalog?n=100&last=many/r${String(Math.floor(seed.repositories / 2)).padStart(5, '0')}`;
  add(
    'catalog',
    `100 ${catalog}`,
    0,
    { kind: 'list', paths: [hundred], one: true },
    verifyList(hundred, 'repositories', 100),
    [1, 10],
  );
  // One of them gives no more than a thousand at a time.
  const all = '/v2/_catalog?n=1000';
  add(
    'catalog',
    `all ${catalog}`,
    0,
    { kind: 'list', paths: [all], one: false },
    verifyList(all, 'repositories', seed.repositories),
    [1, 10],
  );
  return rows;
}

function verifyDigest(
  path: string,
  digest: string,
  headers: Readonly<Record<string, string>> = {},
): Workload['verify'] {
  return async ({ name, port }) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
    const hash = createHash('sha256');
    for await (const chunk of response.body ?? []) hash.update(chunk);
    const actual = `sha256:${hash.digest('hex')}`;
    if (actual !== digest)
      throw new Error(`${name} answered ${path} with ${actual} (${response.status}), not ${digest}`);
  };
}

/** What was pushed last comes back. */
function verifyPushed(size: number): Workload['verify'] {
  return async (registry) => {
    const { parts, digest } = createContent(size, 'verified').next();
    const base = `http://127.0.0.1:${registry.port}/v2/${pushRepository}/blobs/`;
    const opened = await fetch(`${base}uploads/`, { method: 'POST' });
    const url = new URL(opened.headers.get('location') ?? '', base);
    url.searchParams.set('digest', digest);
    const headers = { 'Content-Type': 'application/octet-stream' };
    await expectCreated(fetch(url, { method: 'PUT', body: Buffer.concat(parts), headers }));
    await verifyDigest(`/v2/${pushRepository}/blobs/${digest}`, digest)(registry);
  };
}

/** The list has so many names, or more where the registry has others besides. */
function verifyList(path: string, key: 'tags' | 'repositories', count: number): Workload['verify'] {
  return async ({ name, port }) => {
    const names = new Set<string>();
    const one = path.includes('last=');
    for (let next: string | undefined = path; next !== undefined; ) {
      const response: Response = await fetch(`http://127.0.0.1:${port}${next}`);
      for (const item of ((await response.json()) as Record<typeof key, string[]>)[key]) names.add(item);
      const link: string | undefined = one ? undefined : /<([^>]+)>/.exec(response.headers.get('link') ?? '')?.[1];
      next = link?.replace(/^https?:\/\/[^/]+/, '');
    }
    if (names.size < count) throw new Error(`${name} answered ${path} with ${names.size} names, not ${count}`);
  };
}

async function expectCreated(answer: Promise<Response>): Promise<void> {
  const response = await answer;
  const text = await response.text();
  if (response.status !== 201) throw new Error(`the registry answered ${response.status}: ${text}`);
}
