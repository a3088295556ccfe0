// Clients that push, pull, move, swap and remove tags, delete manifests and finish uploads elsewhere than they began them, at two replicas that
// are killed meanwhile, while collections take whatever nobody refers to. All that is seen has to make sense.
import { setTimeout as sleep } from 'node:timers/promises';
import { digestOf } from '@lading/oci';
import { mixedBytes } from '@lading/testkit';
import { createRandom, type Random } from '../../crash/random.ts';
import type { Cluster } from './cluster.ts';
import { createHistory, type History } from './history.ts';
import type { Action, Value } from './linearizable.ts';

export interface SoakOptions {
  readonly cluster: Cluster;
  readonly seed: number;
  readonly operations: number;
  readonly clients?: number;
  /** As the replicas have it. */
  readonly leaseMs: number;
  /** Mean time between two kills of a replica; none unless told. */
  readonly killEveryMs?: number | undefined;
  /** One of so many kills is of the database. */
  readonly databaseKills?: number | undefined;
  readonly onProgress?: ((operations: number) => void) | undefined;
}

export interface SoakReport {
  readonly operations: number;
  readonly done: Readonly<Record<string, number>>;
  readonly kills: number;
  readonly wrong: readonly string[];
}

/** A register is a tag of a repository; after so many operations clients go on to others, for long histories take long to check. */
const perRegister = 250;
const registersAtOnce = 3;

interface Shared {
  readonly options: SoakOptions;
  readonly history: History;
  readonly done: Record<string, number>;
  readonly wrong: string[];
  /** Manifests that were deleted, or are being, by digest: how often. What they need may go then. */
  readonly drops: Map<string, number>;
  operations: number;
}

export async function soak(options: SoakOptions): Promise<SoakReport> {
  const { cluster, seed, clients = 6, killEveryMs, databaseKills = 0 } = options;
  const shared: Shared = { options, history: createHistory(), done: {}, wrong: [], drops: new Map(), operations: 0 };
  let running = true;
  const random = createRandom(seed);
  let kills = 0;
  const killing = async (): Promise<void> => {
    while (running && killEveryMs !== undefined) {
      await sleep(killEveryMs * 2 * random.next());
      if (!running) return;
      kills++;
      if (databaseKills > 0 && kills % databaseKills === 0) await cluster.restartDatabase();
      else await cluster.restart(random.below(cluster.size));
    }
  };
  const collecting = async (): Promise<void> => {
    for (let turn = 0; running; turn++) {
      const started = await request(shared, turn % cluster.size, 'POST', '/api/v1/jobs/gc/runs');
      if (started?.status === 202) count(shared, 'collection');
      else if (started !== undefined && started.status !== 409)
        shared.wrong.push(`gc: ${started.status}: ${started.body}`);
      await sleep(50);
    }
  };
  const beside = [killing(), collecting()];
  try {
    await Promise.all(
      Array.from({ length: clients }, (_, at) => runClient(shared, createRandom(seed * 1000 + at), at)),
    );
  } finally {
    running = false;
    await Promise.all(beside);
  }
  await readAll(shared);
  await checkCollected(shared);
  shared.wrong.push(...shared.history.contradictions());
  return { operations: shared.operations, done: shared.done, kills, wrong: shared.wrong };
}

const repository = 'soak/app';
const types = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
} as const;

function registerOf({ operations }: Shared, random: Random): string {
  return `t${Math.floor(operations / (perRegister * registersAtOnce))}-${random.below(registersAtOnce)}`;
}

async function runClient(shared: Shared, random: Random, number: number): Promise<void> {
  /** What this client last saw of a register. */
  const seen = new Map<string, Value>();
  let counter = 0;
  const fresh = (): Image => imageOf(`${shared.options.seed}-${number}-${counter++}`);
  // Some content comes and goes again and again, by all clients.
  const image = (): Image => (random.chance(0.5) ? fresh() : imageOf(`common-${random.below(4)}`));
  while (shared.operations < shared.options.operations && shared.wrong.length < 10) {
    const tag = registerOf(shared, random);
    const replica = random.below(shared.options.cluster.size);
    const way = random.below(12);
    if (way < 4) seen.set(tag, (await read(shared, replica, tag)) ?? seen.get(tag) ?? null);
    else if (way < 6) await write(shared, replica, tag, image(), undefined);
    else if (way < 8) {
      const expected = seen.get(tag) ?? null;
      const next = image();
      if ((await write(shared, replica, tag, next, { expected })) === true) seen.set(tag, next.digest);
    } else if (way === 8) await untag(shared, replica, tag);
    else if (way === 9) await drop(shared, replica, tag, seen.get(tag) ?? null);
    else if (way === 10) await pull(shared, replica, tag);
    else await uploadElsewhere(shared, replica, random, number * 1e6 + counter++);
    shared.options.onProgress?.(shared.operations);
  }
}

interface Image {
  readonly digest: string;
  readonly bytes: Buffer;
  readonly blobs: readonly Buffer[];
}

function imageOf(name: string): Image {
  const [config, layer] = [Buffer.from('{"architecture":"amd64","os":"linux"}'), Buffer.from(`a layer, ${name}`)];
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: types.manifest,
      config: { mediaType: types.config, digest: digestOf(config), size: config.length },
      layers: [{ mediaType: types.layer, digest: digestOf(layer), size: layer.length }],
    }),
  );
  return { digest: digestOf(bytes), bytes, blobs: [config, layer] };
}

interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

/** Undefined when there was no answer that tells anything: the replica is gone, or could not reach what it stores in. */
async function request(
  shared: Shared,
  replica: number,
  method: string,
  path: string,
  { headers = {}, body }: { readonly headers?: Readonly<Record<string, string>>; readonly body?: Uint8Array } = {},
): Promise<Answered | undefined> {
  const { options, wrong } = shared;
  shared.operations++;
  try {
    const init = { method, headers, body: body ?? null, signal: AbortSignal.timeout(60_000) };
    const response = await fetch(new URL(path, options.cluster.url(replica)), init as RequestInit);
    const answered = {
      status: response.status,
      headers: response.headers,
      body: Buffer.from(await response.arrayBuffer()),
    };
    if (answered.status < 500) return answered;
    // Where nothing is killed, nothing fails. 503 says itself that it may be tried again.
    const excused = answered.status === 503 ? options.killEveryMs !== undefined : (options.databaseKills ?? 0) > 0;
    if (!excused) wrong.push(`${method} ${path} was answered with ${answered.status}: ${answered.body}`);
    return undefined;
  } catch (error) {
    if (options.killEveryMs === undefined) wrong.push(`${method} ${path} had no answer: ${error}`);
    else await sleep(20);
    return undefined;
  }
}

function count(shared: Shared, what: string): void {
  shared.done[what] = (shared.done[what] ?? 0) + 1;
}

const manifestPath = (reference: string): string => `/v2/${repository}/manifests/${reference}`;

/** What the tag holds; undefined when that is not known. */
async function read(shared: Shared, replica: number, tag: string): Promise<Value | undefined> {
  const value = await shared.history.run(tag, undefined, async () => {
    const answered = await request(shared, replica, 'GET', manifestPath(tag), { headers: { accept: types.manifest } });
    if (answered === undefined) return undefined;
    const { status, headers, body } = answered;
    const digest = status === 404 ? null : headers.get('docker-content-digest');
    if (status !== 404 && digestOf(body) !== digest)
      shared.wrong.push(`the tag ${tag} was read as other than ${digest}`);
    return { action: { kind: 'read', value: digest } satisfies Action, value: digest };
  });
  if (value !== undefined) count(shared, 'read');
  return value;
}

/** As clients push: blobs that are not there, then the manifest. True when it was done. */
async function write(
  shared: Shared,
  replica: number,
  tag: string,
  image: Image,
  condition: { readonly expected: Value } | undefined,
): Promise<boolean | undefined> {
  const started = performance.now();
  for (const blob of image.blobs) if (!(await ensureBlob(shared, replica, blob))) return undefined;
  const { digest } = image;
  const expected = condition?.expected ?? null;
  const action = (done: boolean): Action =>
    condition === undefined ? { kind: 'write', value: digest } : { kind: 'swap', expected, value: digest, done };
  return shared.history.run(tag, action(true), async () => {
    const headers: Record<string, string> = { 'content-type': types.manifest };
    if (condition !== undefined)
      headers[expected === null ? 'if-none-match' : 'if-match'] = expected === null ? '*' : `"${expected}"`;
    const answered = await request(shared, replica, 'PUT', manifestPath(tag), { headers, body: image.bytes });
    if (answered === undefined) return undefined;
    const { status, body } = answered;
    if (status === 201) count(shared, condition === undefined ? 'write' : 'swap');
    else if (status === 412) count(shared, 'swap refused');
    else {
      // Who takes longer than a lease has to ask again; everybody else has done all there is to do.
      const late = performance.now() - started > shared.options.leaseMs;
      if (status === 400 && body.includes('MANIFEST_BLOB_UNKNOWN') && late) count(shared, 'too late');
      else
        shared.wrong.push(
          `PUT ${tag} was answered with ${status} after ${(performance.now() - started).toFixed(0)} ms: ${body}`,
        );
      // Nothing was changed: nothing is said of the register.
      return { action: { kind: 'drop', value: 'nothing' }, value: false };
    }
    return { action: action(status === 201), value: status === 201 };
  });
}

async function ensureBlob(shared: Shared, replica: number, bytes: Buffer): Promise<boolean> {
  const digest = digestOf(bytes);
  const known = await request(shared, replica, 'HEAD', `/v2/${repository}/blobs/${digest}`);
  if (known?.status === 200) return true;
  const path = `/v2/${repository}/blobs/uploads/?digest=${digest}`;
  const headers = { 'content-type': 'application/octet-stream' };
  const pushed = await request(shared, replica, 'POST', path, { headers, body: bytes });
  if (pushed === undefined) return false;
  if (pushed.status !== 201) shared.wrong.push(`a blob was answered with ${pushed.status}: ${pushed.body}`);
  count(shared, 'blob');
  return pushed.status === 201;
}

async function untag(shared: Shared, replica: number, tag: string): Promise<void> {
  await shared.history.run(tag, { kind: 'remove', done: true }, async () => {
    const answered = await request(shared, replica, 'DELETE', manifestPath(tag));
    if (answered === undefined) return undefined;
    count(shared, 'untag');
    return { action: { kind: 'remove', done: answered.status === 202 } satisfies Action, value: undefined };
  });
}

/** Deletes a manifest with every tag on it. */
async function drop(shared: Shared, replica: number, tag: string, digest: Value): Promise<void> {
  if (digest === null) return;
  const noted = (): void => void shared.drops.set(digest, (shared.drops.get(digest) ?? 0) + 1);
  noted();
  // It may be on others of the registers that are in use.
  const round = tag.split('-')[0];
  const registers = Array.from({ length: registersAtOnce }, (_, at) => `${round}-${at}`);
  const before = `t${Number(round?.slice(1)) - 1}`;
  const after = `t${Number(round?.slice(1)) + 1}`;
  const all = [...registers, ...[before, after].flatMap((name) => registers.map((_, at) => `${name}-${at}`))];
  const action: Action = { kind: 'drop', value: digest };
  const sent = request(shared, replica, 'DELETE', manifestPath(digest));
  await Promise.all(
    all.map((register) =>
      shared.history.run(register, action, async () =>
        (await sent) === undefined ? undefined : { action, value: undefined },
      ),
    ),
  );
  count(shared, 'delete');
  noted();
}

/** What a tag leads to is there, to the last byte, unless it is deleted meanwhile. */
async function pull(shared: Shared, replica: number, tag: string): Promise<void> {
  const before = await request(shared, replica, 'GET', manifestPath(tag));
  if (before?.status !== 200) return;
  const digest = before.headers.get('docker-content-digest') ?? '';
  const drops = shared.drops.get(digest);
  const { config, layers } = JSON.parse(before.body.toString()) as {
    config: { digest: string };
    layers: { digest: string }[];
  };
  for (const part of [config, ...layers]) {
    const blob = await request(
      shared,
      (replica + 1) % shared.options.cluster.size,
      'GET',
      `/v2/${repository}/blobs/${part.digest}`,
    );
    if (blob === undefined) return;
    if (blob.status === 200 && digestOf(blob.body) === part.digest) continue;
    if (shared.drops.get(digest) !== drops || isDropping(drops)) return;
    shared.wrong.push(`${part.digest} of ${digest}, which the tag ${tag} leads to, was answered with ${blob.status}`);
  }
  count(shared, 'pull');
}

/** Counted before and after each. One that was not answered may be on its way for ever. */
function isDropping(drops = 0): boolean {
  return drops > 0;
}

/** Begun at one replica, gone on with at another, and ended at the first. */
async function uploadElsewhere(shared: Shared, replica: number, random: Random, seed: number): Promise<void> {
  const bytes = mixedBytes(random.pick([10, 5000, 300_000]), seed);
  const other = (replica + 1) % shared.options.cluster.size;
  const begun = await request(shared, replica, 'POST', `/v2/${repository}/blobs/uploads/`);
  const location = begun?.headers.get('location');
  if (!location) return;
  const half = random.below(bytes.length);
  if ((await request(shared, other, 'PATCH', location, { body: bytes.subarray(0, half) })) === undefined) return;
  const digest = digestOf(bytes);
  const ended = await request(shared, replica, 'PUT', `${location}?digest=${digest}`, { body: bytes.subarray(half) });
  if (ended === undefined) return;
  if (ended.status !== 201)
    shared.wrong.push(`an upload that went on elsewhere was answered with ${ended.status}: ${ended.body}`);
  const blob = await request(shared, other, 'GET', `/v2/${repository}/blobs/${digest}`);
  if (blob !== undefined && (blob.status !== 200 || digestOf(blob.body) !== digest)) {
    shared.wrong.push(`a blob that was just pushed was answered with ${blob.status}`);
  }
  count(shared, 'upload elsewhere');
}

/** When all is quiet, every register once more: what was acknowledged last is what is there. */
async function readAll(shared: Shared): Promise<void> {
  const { cluster } = shared.options;
  for (let round = 0; round <= Math.floor(shared.operations / (perRegister * registersAtOnce)); round++) {
    for (let at = 0; at < registersAtOnce * cluster.size; at++) {
      await read(shared, at % cluster.size, `t${round}-${Math.floor(at / cluster.size)}`);
    }
  }
}

/** What nobody refers to is gone in the end, and what somebody does is there. */
async function checkCollected(shared: Shared): Promise<void> {
  const { cluster, leaseMs } = shared.options;
  const manifests = await request(
    shared,
    0,
    'GET',
    `/api/v1/repositories/${encodeURIComponent(repository)}/manifests?limit=1000`,
  );
  if (manifests === undefined || manifests.status !== 200) return;
  await sleep(leaseMs * 1.25 + 1000);
  let said = '';
  for (let turn = 0; turn < 3; turn++) said = await collectOnce(shared);
  const stored = new Set(await cluster.stored());
  const wanted = new Set<string>();
  for await (const digest of manifestsOf(shared)) {
    wanted.add(digest);
    const manifest = await request(shared, 0, 'GET', manifestPath(digest));
    const { config, layers } = JSON.parse(String(manifest?.body)) as {
      config: { digest: string };
      layers: { digest: string }[];
    };
    for (const part of [config, ...layers]) wanted.add(part.digest);
  }
  const lost = wanted.difference(stored);
  const left = stored.difference(wanted);
  if (lost.size > 0)
    shared.wrong.push(`${lost.size} of ${wanted.size} that are referred to were collected: ${[...lost][0]}`);
  if (left.size > 0) shared.wrong.push(`${left.size} that nothing refers to were left: ${[...left][0]}; ${said}`);
  shared.done.kept = wanted.size;
}

/** What the run came to. */
async function collectOnce(shared: Shared): Promise<string> {
  // The last of those before may still go on.
  for (let turn = 0; turn < 600; turn++) {
    const started = await request(shared, 0, 'POST', '/api/v1/jobs/gc-full/runs');
    const { id } = JSON.parse(String(started?.body ?? '{}')) as { id?: string };
    for (let wait = 0; wait < 600 && id !== undefined; wait++) {
      const run = await request(shared, 0, 'GET', `/api/v1/jobs/runs/${id}`);
      if (!String(run?.body).includes('"state":"running"')) return String(run?.body);
      await sleep(50);
    }
    await sleep(50);
  }
  return 'no collection could be started';
}

async function* manifestsOf(shared: Shared): AsyncGenerator<string> {
  for (let after = ''; ; ) {
    const path = `/api/v1/repositories/${encodeURIComponent(repository)}/manifests?limit=1000${after === '' ? '' : `&after=${after}`}`;
    const page = await request(shared, 0, 'GET', path);
    const { items = [], next } = JSON.parse(String(page?.body)) as { items?: { digest: string }[]; next?: string };
    for (const { digest } of items) yield digest;
    if (next === undefined) return;
    after = next;
  }
}
