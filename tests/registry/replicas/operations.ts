// What clients do, each as a step of the history of its register.
import { digestOf } from '@lading/oci';
import { mixedBytes } from '@lading/testkit';
import type { Random } from '../../crash/random.ts';
import { type Image, types } from './image.ts';
import type { Action, Value } from './linearizable.ts';
import { count, manifestPath, registersAtOnce, repository, request, roundOf, type Shared } from './shared.ts';

/** What the tag holds; undefined when that is not known. */
export async function read(shared: Shared, replica: number, tag: string): Promise<Value | undefined> {
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
export async function write(
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

export async function untag(shared: Shared, replica: number, tag: string): Promise<void> {
  await shared.history.run(tag, { kind: 'remove', done: true }, async () => {
    const answered = await request(shared, replica, 'DELETE', manifestPath(tag));
    if (answered === undefined) return undefined;
    count(shared, 'untag');
    return { action: { kind: 'remove', done: answered.status === 202 } satisfies Action, value: undefined };
  });
}

/** Deletes a manifest with every tag on it. */
export async function drop(shared: Shared, replica: number, tag: string, digest: Value): Promise<void> {
  if (digest === null) return;
  const noted = (): void => void shared.drops.set(digest, (shared.drops.get(digest) ?? 0) + 1);
  noted();
  // It may be on any of the round.
  const registers = Array.from({ length: registersAtOnce }, (_, at) => `${roundOf(tag)}-${at}`);
  const action: Action = { kind: 'drop', value: digest };
  const sent = request(shared, replica, 'DELETE', manifestPath(digest));
  await Promise.all(
    registers.map((register) =>
      shared.history.run(register, action, async () =>
        (await sent) === undefined ? undefined : { action, value: undefined },
      ),
    ),
  );
  count(shared, 'delete');
  noted();
}

/** What a tag leads to is there, to the last byte, unless it is deleted meanwhile. */
export async function pull(shared: Shared, replica: number, tag: string): Promise<void> {
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
export async function uploadElsewhere(shared: Shared, replica: number, random: Random, seed: number): Promise<void> {
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
