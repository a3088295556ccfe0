// Clients that push, pull, delete and move tags on several replicas while collections run without a pause and without grace. What is
// acknowledged must stay whole, whatever is collected meanwhile; and in the end everything that nobody needs must be gone.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Catalog } from '@lading/catalog';
import { type Digest, digestOf, encodeJson, mediaTypes } from '@lading/oci';
import type { ContentStore } from '@lading/store';
import { collectGarbage } from '../../packages/registry-server/src/policy/collection/collect-garbage.ts';
import { createPolicy } from '../../packages/registry-server/src/policy/create-policy.ts';
import type { PolicyConfig } from '../../packages/registry-server/src/policy/policy-config.ts';
import { createRegistryServer } from '../../packages/registry-server/src/registry-server.ts';
import type { OpenParts } from './places.ts';

export interface SoakOptions {
  /** Opens what a replica has, each time anew, of a new place. */
  readonly open: OpenParts;
  readonly operations: number;
  readonly clients: number;
  readonly replicas: number;
  readonly seed: number;
  /** What a client was told is here stays for so long: longer than a push takes, and else as short as can be. */
  readonly leaseMs: number;
  readonly onProgress?: ((done: number) => void) | undefined;
}

export interface SoakOutcome {
  readonly operations: Readonly<Record<string, number>>;
  /** Pushes that took longer than the leases of their blobs, and lost some for it. */
  readonly slowPushes: number;
  readonly collections: number;
  readonly collectedBlobs: number;
  /** What must not happen, in words; none is good. */
  readonly faults: readonly string[];
  readonly durationMs: number;
}

const repositories = ['app', 'team/one', 'team/two'];
const layerCount = 16;
const tagCount = 6;

export async function soak(options: SoakOptions): Promise<SoakOutcome> {
  const started = performance.now();
  const config: PolicyConfig = {
    rules: [{ repositories: ['**'], sparse: false }],
    trashMs: 0,
    leaseMs: options.leaseMs,
    graceMs: 0,
    uploadsMs: 60_000,
  };
  const { open } = options;
  const replicas = await Promise.all(
    Array.from({ length: options.replicas }, async () => {
      const parts = await open();
      const policy = await createPolicy({ catalog: parts.catalog, config });
      const server = createRegistryServer({ content: parts.content, catalog: parts.catalog, policy });
      const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
      return { url: `http://127.0.0.1:${port}`, policy, server, ...parts };
    }),
  );
  const urls = replicas.map(({ url }) => url);
  const collector = await open();
  let [collections, collectedBlobs] = [0, 0];
  let over = false;
  const collecting = (async () => {
    while (!over) {
      const { content, failures } = await collectGarbage({ ...collector, config });
      if (failures > 0) throw new Error(`${failures} blobs could not be collected`);
      collections++;
      collectedBlobs += content.length;
      await sleep(1);
    }
  })();

  const faults: string[] = [];
  const operations: Record<string, number> = {};
  let slowPushes = 0;
  let left = options.operations;
  const clients = Array.from({ length: options.clients }, async (_, n) => {
    const client = new Client(urls, randomFrom(options.seed * 1000 + n), faults, options.leaseMs);
    while (left > 0) {
      left--;
      const done = await client.act();
      operations[done] = (operations[done] ?? 0) + 1;
      options.onProgress?.(options.operations - left);
    }
    slowPushes += client.slowPushes;
  });
  await Promise.all(clients);
  over = true;
  await collecting;

  faults.push(...(await danglingIn(collector)));
  await removeEverything(collector.catalog);
  await sleep(options.leaseMs * 1.25 + 20);
  collectedBlobs += (await collectGarbage({ ...collector, config })).content.length;
  for await (const { digest } of collector.content.list()) faults.push(`${digest} is there although nothing needs it`);
  for (const { server, policy, close } of replicas) {
    await server.close(0);
    await policy.close();
    await close();
  }
  await collector.close();
  return { operations, slowPushes, collections, collectedBlobs, faults, durationMs: performance.now() - started };
}

interface Blob {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly bytes: Buffer;
}

class Client {
  readonly #urls: readonly string[];
  readonly #random: (below: number) => number;
  readonly #faults: string[];
  readonly #leaseMs: number;
  /** Pushes that took longer than the leases of their blobs. */
  slowPushes = 0;

  constructor(urls: readonly string[], random: (below: number) => number, faults: string[], leaseMs: number) {
    this.#urls = urls;
    this.#random = random;
    this.#faults = faults;
    this.#leaseMs = leaseMs;
  }

  async act(): Promise<string> {
    const repository = repositories[this.#random(repositories.length)] ?? 'app';
    const tag = `t${this.#random(tagCount)}`;
    switch (this.#random(10)) {
      case 0:
      case 1:
      case 2:
        await this.#pushImage(repository, tag);
        return 'push';
      case 3:
        return (await this.#pushIndex(repository, tag)) ? 'push of an index' : 'nothing';
      case 4:
        return (await this.#moveTag(repository, tag)) ? 'move of a tag' : 'nothing';
      case 5:
        return (await this.#delete(repository, tag)) ? 'delete' : 'nothing';
      case 6:
        await this.#call('DELETE', `/v2/${repository}/manifests/${tag}`);
        return 'untag';
      default:
        return (await this.#pull(repository, tag)) ? 'pull' : 'nothing';
    }
  }

  #call(method: string, path: string, body?: Uint8Array, type?: string): Promise<Response> {
    const url = this.#urls[this.#random(this.#urls.length)] ?? '';
    return fetch(path.startsWith('http') ? path : url + path, {
      method,
      ...(body === undefined ? {} : { body: Uint8Array.from(body) }),
      headers: type === undefined ? {} : { 'Content-Type': type },
    });
  }

  async #pushImage(repository: string, tag: string): Promise<Blob | undefined> {
    const config = blobOf(`{"n":${this.#random(layerCount)}}`, mediaTypes.ociConfig);
    const layers = Array.from({ length: 1 + this.#random(3) }, () => layerOf(this.#random(layerCount)));
    const began = performance.now();
    for (const blob of [config, ...layers]) await this.#pushBlob(repository, blob);
    const image = manifestOf({ config: descriptor(config), layers: layers.map(descriptor) }, mediaTypes.ociManifest);
    return (await this.#put(repository, tag, image, () => this.#isOver(began))) ? image : undefined;
  }

  /** On a machine that is busy a push may take longer than its leases: then it is told what is missing. */
  #isOver(began: number): boolean {
    const over = performance.now() - began > this.#leaseMs;
    if (over) this.slowPushes++;
    return over;
  }

  async #pushBlob(repository: string, { digest, bytes }: Blob): Promise<void> {
    const head = await this.#call('HEAD', `/v2/${repository}/blobs/${digest}`);
    if (head.status === 200) return;
    const from = repositories[this.#random(repositories.length)];
    const begun = await this.#call('POST', `/v2/${repository}/blobs/uploads/?mount=${digest}&from=${from}`);
    await begun.arrayBuffer();
    if (begun.status === 201) return;
    const location = new URL(begun.headers.get('location') ?? '', begun.url);
    location.searchParams.set('digest', digest);
    const put = await this.#call('PUT', location.pathname + location.search, bytes, 'application/octet-stream');
    const text = await put.text();
    if (put.status !== 201) this.#faults.push(`an upload was answered ${put.status}: ${text}`);
  }

  /** An index of two images that were just pushed by digest, as builders do. */
  async #pushIndex(repository: string, tag: string): Promise<boolean> {
    const images = [
      await this.#pushImage(repository, `${tag}-amd64`),
      await this.#pushImage(repository, `${tag}-arm64`),
    ];
    const manifests = images.filter((image) => image !== undefined).map(descriptor);
    // Somebody may delete a child meanwhile, which then is no fault.
    return this.#put(repository, tag, manifestOf({ manifests }, mediaTypes.ociIndex), () => true);
  }

  async #put(
    repository: string,
    tag: string,
    { bytes, mediaType }: Blob,
    mayLackParts: () => boolean,
  ): Promise<boolean> {
    const put = await this.#call('PUT', `/v2/${repository}/manifests/${tag}`, bytes, mediaType);
    const text = await put.text();
    if (put.status === 201) return true;
    if (!text.includes('MANIFEST_BLOB_UNKNOWN') || !mayLackParts())
      this.#faults.push(`a manifest was answered ${put.status}: ${text}`);
    return false;
  }

  async #get(repository: string, reference: string): Promise<Blob | undefined> {
    const got = await this.#call('GET', `/v2/${repository}/manifests/${reference}`);
    const bytes = Buffer.from(await got.arrayBuffer());
    if (got.status === 404) return undefined;
    if (got.status !== 200) this.#faults.push(`a pull was answered ${got.status}: ${bytes}`);
    const mediaType = got.headers.get('content-type') ?? '';
    return { bytes, mediaType, digest: digestOf(bytes), size: bytes.length };
  }

  async #pull(repository: string, tag: string): Promise<boolean> {
    const manifest = await this.#get(repository, tag);
    if (manifest === undefined) return false;
    const value = JSON.parse(manifest.bytes.toString()) as {
      config?: Blob;
      layers?: readonly Blob[];
      manifests?: readonly Blob[];
    };
    for (const { digest } of [...(value.config === undefined ? [] : [value.config]), ...(value.layers ?? [])]) {
      // A blob may be gone because the manifest is: then both are. That holds however often one looks.
      for (let attempt = 1; !(await this.#hasBlob(repository, digest)); attempt++) {
        if ((await this.#get(repository, manifest.digest)) === undefined) return true;
        if (attempt < 5) continue;
        this.#faults.push(`${repository}@${manifest.digest} lacks ${digest}`);
        return true;
      }
    }
    return true;
  }

  async #hasBlob(repository: string, digest: Digest): Promise<boolean> {
    const got = await this.#call('GET', `/v2/${repository}/blobs/${digest}`);
    const bytes = Buffer.from(await got.arrayBuffer());
    if (got.status === 404) return false;
    if (got.status !== 200) this.#faults.push(`a blob was answered ${got.status}: ${bytes}`);
    else if (digestOf(bytes) !== digest) this.#faults.push(`${digest} has other bytes`);
    return true;
  }

  async #moveTag(repository: string, tag: string): Promise<boolean> {
    const manifest = await this.#get(repository, `t${this.#random(tagCount)}`);
    if (manifest === undefined) return false;
    // Its parts may go with it meanwhile, for nobody said that they were to stay.
    return this.#put(repository, tag, manifest, () => true);
  }

  async #delete(repository: string, tag: string): Promise<boolean> {
    const manifest = await this.#get(repository, tag);
    if (manifest === undefined) return false;
    const deleted = await this.#call('DELETE', `/v2/${repository}/manifests/${manifest.digest}`);
    await deleted.arrayBuffer();
    if (deleted.status !== 202 && deleted.status !== 404) this.#faults.push(`a delete was answered ${deleted.status}`);
    return true;
  }
}

function descriptor({ mediaType, digest, size }: Blob): Omit<Blob, 'bytes'> {
  return { mediaType, digest, size };
}

function blobOf(text: string, mediaType: string): Blob {
  const bytes = Buffer.from(text);
  return { bytes, mediaType, digest: digestOf(bytes), size: bytes.length };
}

function layerOf(n: number): Blob {
  return blobOf(`layer ${n} `.repeat(20 + n * 50), mediaTypes.ociLayer);
}

function manifestOf(value: object, mediaType: string): Blob {
  const bytes = encodeJson({ schemaVersion: 2, mediaType, ...value });
  return { bytes: Buffer.from(bytes), mediaType, digest: digestOf(bytes), size: bytes.length };
}

async function danglingIn({ catalog, content }: { catalog: Catalog; content: ContentStore }): Promise<string[]> {
  const needed = await catalog.database.all(
    'SELECT digest FROM manifests UNION SELECT digest FROM blobs UNION SELECT child FROM children',
  );
  const faults: string[] = [];
  for (const { digest } of needed) {
    if ((await content.stat(digest as Digest)) === undefined) faults.push(`${digest} is needed and not there`);
  }
  const unlinked = await catalog.database.all(
    `SELECT c.child FROM children c WHERE c.kind <> 'manifest' AND NOT EXISTS (
       SELECT 1 FROM blobs b WHERE b.repository_id = c.repository_id AND b.digest = c.child)`,
  );
  faults.push(...unlinked.map(({ child }) => `${child} is needed by a repository that has lost it`));
  return faults;
}

async function removeEverything(catalog: Catalog): Promise<void> {
  for await (const repository of catalog.repositories()) {
    const rows = await catalog.database.all(
      'SELECT m.digest FROM manifests m JOIN repositories r ON r.id = m.repository_id WHERE r.name = ?',
      repository,
    );
    for (const { digest } of rows) await catalog.removeManifest(repository, digest as Digest);
  }
}

/** The same numbers for the same seed: mulberry32. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
