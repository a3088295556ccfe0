import assert from 'node:assert/strict';
import { readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Bytes, fromBuffer } from '@lading/bytes';
import { isLadingError } from '@lading/errors';
import { type Descriptor, descriptorOf } from '@lading/oci';
import type { ContentStore, Ingest } from '@lading/store';
import { mixedBytes, temporaryFolder, watchedBytes } from '@lading/testkit';
import { anonymous, createUploadJournal, openRegistry, type RegistryOptions } from '../index.ts';
import {
  type Fault,
  type FaultRegistry,
  type FaultRegistryOptions,
  startFaultRegistry,
} from '../testing/fault-registry.ts';

const retries = { pauseMs: 1, attempts: 3 };

interface Started {
  readonly server: FaultRegistry;
  readonly content: ContentStore;
}

async function start(
  t: TestContext,
  faults: FaultRegistryOptions,
  options: Partial<RegistryOptions> = {},
): Promise<Started> {
  const server = await startFaultRegistry(t, faults);
  return { server, content: connect(t, server, options) };
}

function connect(t: TestContext, server: FaultRegistry, options: Partial<RegistryOptions> = {}): ContentStore {
  const registry = openRegistry({ registry: server.host, credentials: anonymous, retries, ...options });
  t.after(() => registry.close());
  return registry.repository('app').content;
}

function describe(data: Buffer): Descriptor {
  return descriptorOf(data, 'application/octet-stream');
}

function from(data: Buffer, offset: number): Bytes {
  const chunks: Buffer[] = [];
  for (let at = offset; at < data.length; at += 100_000) chunks.push(data.subarray(at, at + 100_000));
  return watchedBytes(chunks).bytes;
}

/** Goes on from `offset` after each failure that says that this may help, as the copy does. */
async function push(ingest: Ingest, data: Buffer, attempts = 12): Promise<Descriptor> {
  for (let attempt = 1; ; attempt++) {
    try {
      await ingest.append(from(data, ingest.offset));
      return await ingest.commit();
    } catch (error) {
      if (!isLadingError(error) || !error.transient || attempt === attempts) throw error;
    }
  }
}

const patches = ({ seen }: FaultRegistry) => seen.filter(({ method }) => method === 'PATCH');
const onPatch = (...faults: (Fault | undefined)[]): NonNullable<FaultRegistryOptions['fault']> => {
  return ({ method }) => (method === 'PATCH' ? faults.shift() : undefined);
};

test('a push that breaks goes on from what the registry holds, and sends no byte again', async (t) => {
  const data = mixedBytes(3_000_000);
  for (const kind of ['reset', 'silence'] as const) {
    const fault = onPatch({ kind, after: 1_000_000 }, { kind, after: 500_000 });
    const { server, content } = await start(t, { fault }, { timeouts: { idleMs: 100, answerMs: 50 } });
    const ingest = await content.begin({ expected: describe(data) });
    await assert.rejects(ingest.append(from(data, 0)), (error) => isLadingError(error) && error.transient);
    assert.equal(ingest.offset, 1_000_000);
    assert.deepEqual(await push(ingest, data), describe(data));
    assert.equal(server.receivedBytes, data.length);
    assert.ok(server.blobs.get(describe(data).digest)?.equals(data));
    assert.equal(patches(server)[1]?.headers['content-range'], '1000000-2999999');
  }
});

test('whoever cannot ask how much is there asks before going on, and skips what has arrived', async (t) => {
  const data = mixedBytes(3_000_000);
  let down = false;
  const fault: FaultRegistryOptions['fault'] = (_, count) => {
    if (count === 1) {
      down = true;
      return { kind: 'reset', after: 1_234_567 };
    }
    return down ? { kind: 'status', status: 503 } : undefined;
  };
  const { server, content } = await start(t, { fault });
  const ingest = await content.begin({ expected: describe(data) });
  const transient = (error: unknown): boolean => isLadingError(error) && error.transient;
  await assert.rejects(ingest.append(from(data, 0)), transient);
  assert.equal(ingest.offset, 0, 'what is there is not known');
  await assert.rejects(ingest.append(from(data, 0)), transient);
  down = false;
  await ingest.append(from(data, 0));
  await ingest.commit();
  assert.equal(server.receivedBytes, data.length);
});

test('what a registry does not keep of a broken chunk is one chunk', async (t) => {
  const data = mixedBytes(3_000_000);
  const fault = onPatch(undefined, { kind: 'reset', after: 300_000 });
  const { server, content } = await start(t, { fault, keepsBroken: false, mostRequestBytes: 2 << 20 });
  assert.deepEqual(await push(await content.begin({ expected: describe(data) }), data), describe(data));
  assert.ok(server.blobs.get(describe(data).digest)?.equals(data));
});

test('413 makes chunks smaller, not below what the registry asks for', async (t) => {
  const data = mixedBytes(3_000_000);
  const { server, content } = await start(t, { mostRequestBytes: 1 << 20, leastChunkBytes: 500_000 });
  assert.deepEqual(await push(await content.begin({ expected: describe(data) }), data), describe(data));
  const sizes = patches(server)
    .slice(-6)
    .map(({ headers }) => Number(headers['content-length']));
  assert.deepEqual(sizes, [500_000, 500_000, 500_000, 500_000, 500_000, 500_000]);
  const impossible = await start(t, { mostRequestBytes: 1000 });
  await assert.rejects(push(await impossible.content.begin({ expected: describe(data) }), data), /HTTP 413/);
});

test('where PATCH is refused the blob goes whole into one PUT', async (t) => {
  const data = mixedBytes(3_000_000);
  const { server, content } = await start(t, { refusesPatch: true });
  assert.deepEqual(await push(await content.begin({ expected: describe(data) }), data), describe(data));
  assert.ok(server.blobs.get(describe(data).digest)?.equals(data));
  // The next one knows.
  const other = mixedBytes(2_000_000, 2);
  await push(await content.begin({ expected: describe(other) }), other);
  assert.equal(patches(server).length, 1);
});

test('a session that the registry forgot is begun anew', async (t) => {
  const data = mixedBytes(3_000_000);
  const { server, content } = await start(t, {});
  const ingest = await content.begin({ expected: describe(data) });
  await ingest.append(from(data.subarray(0, 1_000_000), 0));
  (server.sessions as Map<string, Buffer>).clear();
  await assert.rejects(ingest.append(from(data, 1_000_000)), (error) => isLadingError(error) && error.transient);
  assert.equal(ingest.offset, 0);
  assert.deepEqual(await push(ingest, data), describe(data));
});

test('a registry that is busy with the bytes of a dead client refuses others, and is asked again', async (t) => {
  const data = mixedBytes(3_000_000);
  const fault = onPatch({ kind: 'reset', after: 1_000_000 }, { kind: 'status', status: 416 });
  const { server, content } = await start(t, { fault });
  assert.deepEqual(await push(await content.begin({ expected: describe(data) }), data), describe(data));
  assert.equal(server.receivedBytes, data.length);
});

test('a small blob takes one request where the registry takes a POST with content', async (t) => {
  const { server, content } = await start(t, { singlePost: true });
  const plain = await start(t, {});
  for (const seed of [1, 2, 3]) {
    const data = mixedBytes(10_000, seed);
    for (const store of [content, plain.content]) await push(await store.begin({ expected: describe(data) }), data);
    for (const { blobs } of [server, plain.server]) assert.ok(blobs.get(describe(data).digest)?.equals(data));
  }
  assert.equal(server.seen.length, 1 + 3);
  assert.equal(plain.server.seen.length, 1 + 3 * 2);
});

test('a push that was suspended is adopted by a later process, which sends only the rest', async (t) => {
  const data = mixedBytes(3_000_000);
  const folder = join(await temporaryFolder(t), 'uploads');
  const uploads = createUploadJournal(folder);
  const { server, content } = await start(t, {}, { uploads });
  const first = await content.begin({ expected: describe(data), adopt: true });
  await first.append(from(data.subarray(0, 2_000_000), 0));
  const [name = ''] = await readdir(folder);
  assert.equal((await stat(join(folder, name))).mode & 0o777, 0o600);
  assert.equal((await stat(folder)).mode & 0o777, 0o700);
  await first.suspend();
  await assert.rejects(first.append(from(data, 2_000_000)), (error) => isLadingError(error, 'INGEST_CLOSED'));
  const later = connect(t, server, { uploads: createUploadJournal(folder) });
  const second = await later.begin({ expected: describe(data), adopt: true });
  assert.equal(second.offset, 2_000_000);
  assert.deepEqual(await push(second, data), describe(data));
  assert.equal(server.receivedBytes, data.length);
  assert.deepEqual(await readdir(folder), []);
});

test('a push whose process was killed is adopted, one whose process lives, or ran on another machine, is not', async (t) => {
  const data = mixedBytes(3_000_000);
  const folder = join(await temporaryFolder(t), 'uploads');
  const { server, content } = await start(t, {}, { uploads: createUploadJournal(folder) });
  const first = await content.begin({ expected: describe(data), adopt: true });
  await first.append(from(data.subarray(0, 2_000_000), 0));
  const later = connect(t, server, { uploads: createUploadJournal(folder) });
  const [name = ''] = await readdir(folder);
  const path = join(folder, name);
  const record = JSON.parse(await readFile(path, 'utf8'));
  const [host, ...process] = record.owner.split('.');
  for (const owner of [record.owner, ['elsewhere', ...process].join('.')]) {
    await writeFile(path, JSON.stringify({ ...record, owner }));
    const beside = await later.begin({ expected: describe(data), adopt: true });
    assert.equal(beside.offset, 0);
    await beside.abort();
  }
  // As if the process that saved it were gone, and its number given to another.
  await writeFile(path, JSON.stringify({ ...record, owner: [host, process[0], 'before'].join('.') }));
  const second = await later.begin({ expected: describe(data), adopt: true });
  assert.equal(second.offset, 2_000_000);
  await push(second, data);
  assert.equal(server.receivedBytes, data.length);
});

test('a record that is damaged, too old, or of a session that is gone begins anew', async (t) => {
  const data = mixedBytes(2_000_000);
  for (const spoil of ['damage', 'age', 'session', 'wrong content'] as const) {
    const folder = join(await temporaryFolder(t), 'uploads');
    const { server, content } = await start(t, {}, { uploads: createUploadJournal(folder) });
    const first = await content.begin({ expected: describe(data), adopt: true });
    await first.append(from(data.subarray(0, 1_500_000), 0));
    await first.suspend();
    const path = join(folder, (await readdir(folder))[0] ?? '');
    const sessions = server.sessions as Map<string, Buffer>;
    if (spoil === 'damage') await writeFile(path, '{"loc');
    if (spoil === 'age') await utimes(path, 0, 0);
    if (spoil === 'session') sessions.clear();
    if (spoil === 'wrong content') for (const [id, held] of sessions) sessions.set(id, Buffer.alloc(held.length));
    const again = await connect(t, server, { uploads: createUploadJournal(folder) }).begin({
      expected: describe(data),
      adopt: true,
    });
    if (spoil === 'wrong content') {
      assert.equal(again.offset, 1_500_000);
      await again.append(from(data, again.offset));
      await assert.rejects(again.commit(), (error) => isLadingError(error, 'DIGEST_MISMATCH') && error.transient);
      assert.deepEqual(await readdir(folder), [], 'the next one begins anew');
      continue;
    }
    assert.equal(again.offset, 0, spoil);
    assert.deepEqual(await push(again, data), describe(data));
  }
});

test('a push of an unknown digest whose end failed can be ended again, and added to before', async (t) => {
  const data = mixedBytes(2_000_000);
  let failing = true;
  const fault: FaultRegistryOptions['fault'] = ({ method }) =>
    failing && method === 'PUT' ? { kind: 'status', status: 503 } : undefined;
  const { server, content } = await start(t, { fault });
  let ingest = await content.begin();
  await ingest.append(from(data.subarray(0, 1_500_000), 0));
  const transient = (error: unknown): boolean => isLadingError(error) && error.transient;
  await assert.rejects(ingest.commit(), transient);
  ingest = await content.begin({ resume: ingest.id });
  await assert.rejects(ingest.commit(), transient);
  failing = false;
  await ingest.append(from(data, 1_500_000));
  assert.equal((await ingest.commit()).digest, describe(data).digest);
  assert.ok(server.blobs.get(describe(data).digest)?.equals(data));
});

test('seeded faults of every kind: each push ends right, and nothing that was acknowledged is sent again', async (t) => {
  const data = mixedBytes(1_500_000);
  let state = 42;
  const random = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % below;
  };
  for (let round = 0; round < (process.env.CI === 'true' ? 100 : 10); round++) {
    let left = 4;
    const fault = ({ method }: { method?: string | undefined }): Fault | undefined => {
      if (left === 0 || random(3) === 0) return undefined;
      left--;
      const after = random(800_000);
      const status = [429, 500, 502, 503][random(4)] as number;
      if (method !== 'PATCH') return { kind: 'status', status };
      return random(2) === 0 ? { kind: 'reset', after } : { kind: 'status', status };
    };
    const { server, content } = await start(t, { fault });
    assert.deepEqual(await push(await content.begin({ expected: describe(data) }), data), describe(data));
    assert.ok(server.blobs.get(describe(data).digest)?.equals(data));
    assert.equal(server.receivedBytes, data.length, `round ${round}`);
  }
});

test('content that is longer than announced, or other than announced, is refused before it is visible', async (t) => {
  const data = mixedBytes(2_000_000);
  const { server, content } = await start(t, {});
  const long = await content.begin({ expected: { ...describe(data), size: 1_500_000 } });
  await assert.rejects(long.append(fromBuffer(data)), (error) => isLadingError(error, 'SIZE_MISMATCH'));
  const wrong = await content.begin({ expected: describe(data) });
  await wrong.append(fromBuffer(Buffer.from(data).fill(0, 5, 6)));
  await assert.rejects(wrong.commit(), (error) => isLadingError(error, 'DIGEST_MISMATCH') && !error.transient);
  assert.equal(server.blobs.size, 0);
});
