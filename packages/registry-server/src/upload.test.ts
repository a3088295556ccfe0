import assert from 'node:assert/strict';
import { type ClientRequest, request } from 'node:http';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bytes, Io } from '@lading/bytes';
import { Secret } from '@lading/errors';
import { digestOf } from '@lading/oci';
import { type ContentStore, createMemoryStore } from '@lading/store';
import { openS3Store } from '@lading/store/s3';
import { findS3Server, runS3Server, s3ServerReason, skipUnless, temporaryFolder } from '@lading/testkit';
import { startTestRegistry, type TestRegistry } from './testing/test-registry.ts';

const octets = { 'Content-Type': 'application/octet-stream' };

/** The path of a new upload. */
async function begin({ url }: TestRegistry): Promise<string> {
  const answer = await fetch(`${url}/v2/app/blobs/uploads/`, { method: 'POST' });
  return answer.headers.get('location') ?? '';
}

function patch({ url }: TestRegistry, path: string, start: number, body: string): Promise<Response> {
  const range = { 'Content-Range': `${start}-${start + body.length - 1}` };
  return fetch(url + path, { method: 'PATCH', headers: { ...octets, ...range }, body });
}

/** A chunk that announces more than comes: its connection stays open and silent. */
async function stalledPatch({ url }: TestRegistry, path: string, body: string): Promise<ClientRequest> {
  const chunk = request(url + path, { method: 'PATCH', headers: { ...octets, 'Content-Length': '1000000' } });
  chunk.on('error', () => {});
  chunk.write(body);
  await sleep(100);
  return chunk;
}

test('whoever asks how far an upload is ends a chunk that still arrives, and is told all of it that came', async (t) => {
  const registry = await startTestRegistry(t);
  const path = await begin(registry);
  const chunk = await stalledPatch(registry, path, 'abcdef');
  const closed = new Promise<void>((resolve) => chunk.once('close', resolve));
  for (const _ of [1, 2]) {
    const state = await fetch(registry.url + path);
    assert.deepEqual([state.status, state.headers.get('range')], [204, '0-5']);
  }
  await closed;
  assert.equal((await patch(registry, path, 6, 'gh')).headers.get('range'), '0-7');
  const whole = await fetch(`${registry.url}${path}?digest=${digestOf('abcdefgh')}`, { method: 'PUT' });
  assert.equal(whole.status, 201);
});

test('a chunk, the end and the cancelling of an upload do not wait for a chunk whose connection is silent', async (t) => {
  const registry = await startTestRegistry(t);
  const path = await begin(registry);
  const first = await stalledPatch(registry, path, 'ab');
  assert.equal((await patch(registry, path, 2, 'cd')).status, 202);
  const second = await stalledPatch(registry, path, 'ef');
  const whole = await fetch(`${registry.url}${path}?digest=${digestOf('abcdef')}`, { method: 'PUT' });
  assert.equal(whole.status, 201);
  const other = await begin(registry);
  const third = await stalledPatch(registry, other, 'ab');
  assert.equal((await fetch(registry.url + other, { method: 'DELETE' })).status, 204);
  for (const chunk of [first, second, third]) chunk.destroy();
});

test('the requests of an upload may reach several servers over the same folder', async (t) => {
  const folder = await temporaryFolder(t);
  const start = (): Promise<TestRegistry> => startTestRegistry(t, { folder });
  await uploadToBoth(await start(), await start());
});

test('the requests of an upload may reach several servers over the same bucket', async (t) => {
  const program = findS3Server();
  if (!skipUnless(t, program !== undefined, s3ServerReason) || program === undefined) return;
  const server = await runS3Server(program);
  t.after(() => server.stop());
  const { endpoint, region, bucket, accessKeyId, secretAccessKey } = server;
  const credentials = { accessKeyId, secretAccessKey: new Secret(secretAccessKey) };
  const folder = await temporaryFolder(t);
  const start = async (): Promise<TestRegistry> => {
    const content = await openS3Store({ endpoint, region, bucket, credentials });
    t.after(() => content.close());
    return startTestRegistry(t, { folder, content });
  };
  await uploadToBoth(await start(), await start());
});

async function uploadToBoth(one: TestRegistry, two: TestRegistry): Promise<void> {
  const path = await begin(one);
  assert.equal((await patch(one, path, 0, 'abcd')).status, 202);
  assert.equal((await patch(two, path, 4, 'ef')).headers.get('range'), '0-5');
  assert.equal((await fetch(one.url + path)).headers.get('range'), '0-5');
  assert.equal((await patch(one, path, 6, 'gh')).status, 202);
  const whole = await fetch(`${two.url}${path}?digest=${digestOf('abcdefgh')}`, { method: 'PUT' });
  assert.equal(whole.status, 201);
  assert.equal((await fetch(one.url + path)).status, 404);
  const blob = await fetch(`${one.url}/v2/app/blobs/${digestOf('abcdefgh')}`);
  assert.equal(await blob.text(), 'abcdefgh');
}

test('a connection stays open for as long as the store takes for a chunk and to commit, but not when its client is silent', async (t) => {
  const store = createMemoryStore();
  const begin: ContentStore['begin'] = async (options) => {
    const ingest = await store.begin(options);
    const [append, commit] = [ingest.append.bind(ingest), ingest.commit.bind(ingest)];
    return Object.assign(ingest, {
      append: (bytes: Bytes, io?: Io) => append(pausedAfterFirst(bytes, 700), io),
      commit: async (...args: Parameters<typeof commit>) => {
        await sleep(700);
        return commit(...args);
      },
    });
  };
  const registry = await startTestRegistry(t, { content: { ...store, begin }, idleTimeoutMs: 200 });
  const body = 'x'.repeat(3_000_000);
  const url = `${registry.url}/v2/app/blobs/uploads/?digest=${digestOf(body)}`;
  assert.equal((await fetch(url, { method: 'POST', body })).status, 201);
  const location = await fetch(`${registry.url}/v2/app/blobs/uploads/`, { method: 'POST' });
  const chunk = await stalledPatch(registry, location.headers.get('location') ?? '', 'abc');
  await new Promise<void>((resolve) => chunk.once('close', resolve));
});

async function* pausedAfterFirst(bytes: Bytes, pauseMs: number): Bytes {
  let left = pauseMs;
  for await (const chunk of bytes) {
    yield chunk;
    await sleep(left);
    left = 0;
  }
}
