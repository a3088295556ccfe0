import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { collect, fromBuffer } from '@lading/bytes';
import { isLadingError, Secret } from '@lading/errors';
import { descriptorOf } from '@lading/oci';
import { isLongRun, mixedBytes, startDockerRegistry, startHttpServer, startTokenServer } from '@lading/testkit';
import { openRegistry } from './index.ts';
import {
  type Fault,
  type FaultRegistry,
  type FaultRegistryOptions,
  startFaultRegistry,
} from './testing/fault-registry.ts';

const credentials = { username: 'me', password: new Secret('secret') };
const data = mixedBytes(2_000_000);
const blob = descriptorOf(data, 'application/octet-stream');

/** A registry that takes the newest token alone; `revoke()` makes all that were given worthless. */
async function start(
  t: TestContext,
  expiresIn: number,
  fault?: FaultRegistryOptions['fault'],
): Promise<{ server: FaultRegistry; issued(): number; revoke(): void }> {
  let [issued, valid] = [0, 0];
  const tokens = await startHttpServer(t, (_, response) => {
    issued++;
    valid = issued;
    response.end(JSON.stringify({ token: `token${issued}`, expires_in: expiresIn }));
  });
  const refusal: Fault = {
    kind: 'status',
    status: 401,
    headers: { 'www-authenticate': `Bearer realm="http://${tokens.host}/token",service="s"` },
  };
  const server = await startFaultRegistry(t, {
    fault: (request, count) =>
      valid > 0 && request.headers.authorization === `Bearer token${valid}` ? fault?.(request, count) : refusal,
  });
  return { server, issued: () => issued, revoke: () => (valid = 0) };
}

test('a token that expired before the next chunk is replaced, and the push goes on from where it was', async (t) => {
  const { server, issued, revoke } = await start(t, 300);
  const registry = openRegistry({ registry: server.host, credentials });
  t.after(() => registry.close());
  const ingest = await registry.repository('app').content.begin({ expected: blob });
  await ingest.append(fromBuffer(data.subarray(0, 1_000_000)));
  revoke();
  await assert.rejects(ingest.append(fromBuffer(data.subarray(1_000_000))), (error) => {
    assert.ok(isLadingError(error, 'REGISTRY_UNAUTHORIZED'));
    assert.equal(error.transient, true);
    return true;
  });
  assert.equal(ingest.offset, 1_000_000);
  await ingest.append(fromBuffer(data.subarray(1_000_000)));
  await ingest.commit();
  assert.equal(server.receivedBytes, data.length);
  assert.equal(issued(), 2);
});

test('a token that is refused again and again ends the push', async (t) => {
  const { server } = await start(t, 300, ({ method }) =>
    method === 'PATCH'
      ? { kind: 'status', status: 401, headers: { 'www-authenticate': 'Bearer realm="/x"' } }
      : undefined,
  );
  const registry = openRegistry({ registry: server.host, credentials, retries: { attempts: 2, pauseMs: 1 } });
  t.after(() => registry.close());
  const ingest = await registry.repository('app').content.begin({ expected: blob });
  for (let turn = 0; ; turn++) {
    assert.ok(turn < 5);
    const error = await ingest.append(fromBuffer(data)).catch((thrown) => thrown);
    assert.ok(isLadingError(error));
    if (!error.transient) break;
  }
});

test('a token that expires while a pull is under way is replaced when the pull breaks', async (t) => {
  let gets = 0;
  const { server, revoke } = await start(t, 300, ({ method }) => {
    if (method !== 'GET' || gets++ > 0) return undefined;
    setImmediate(() => revoke());
    return { kind: 'end', after: 1_200_000 };
  });
  (server.blobs as Map<string, Buffer>).set(blob.digest, data);
  const registry = openRegistry({ registry: server.host, credentials, retries: { pauseMs: 10 } });
  t.after(() => registry.close());
  const bytes = await registry.repository('app').content.open(blob);
  assert.ok((await collect(bytes, { maxBytes: data.length, what: 'blob' })).equals(data));
});

test('nothing long begins with a token that is about to expire', async (t) => {
  const { server, issued } = await start(t, 30);
  const registry = openRegistry({ registry: server.host, credentials });
  t.after(() => registry.close());
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const { content } = registry.repository('app');
  const ingest = await content.begin({ expected: blob });
  await ingest.append(fromBuffer(data.subarray(0, 1_000_000)));
  t.mock.timers.tick(16_000);
  await ingest.append(fromBuffer(data.subarray(1_000_000)));
  assert.equal(issued(), 2);
  await ingest.commit();
});

test('docker-registry refuses a token in the middle of a push, and the push goes on', async (t) => {
  if (!isLongRun(t)) return;
  // docker-registry accepts tokens for a minute after they expired.
  const tokens = await startTokenServer(t, { users: { me: 'secret' }, expiresIn: -57 });
  if (tokens === undefined) return;
  const server = await startDockerRegistry(t, { auth: { token: tokens } });
  if (server === undefined) return;
  const registry = openRegistry({ registry: server.host, credentials });
  t.after(() => registry.close());
  const { content } = registry.repository('app');
  const ingest = await content.begin({ expected: blob });
  await ingest.append(fromBuffer(data.subarray(0, 1_000_000)));
  await sleep(4_000);
  await assert.rejects(
    ingest.append(fromBuffer(data.subarray(1_000_000))),
    (error) => isLadingError(error, 'REGISTRY_UNAUTHORIZED') && error.transient,
  );
  assert.equal(ingest.offset, 1_000_000);
  await ingest.append(fromBuffer(data.subarray(1_000_000)));
  await ingest.commit();
  await sleep(4_000);
  assert.ok((await collect(await content.open(blob), { maxBytes: data.length, what: 'blob' })).equals(data));
});
