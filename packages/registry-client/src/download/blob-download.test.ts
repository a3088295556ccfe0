import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { collect, drain } from '@lading/bytes';
import { isLadingError } from '@lading/errors';
import { type Descriptor, descriptorOf } from '@lading/oci';
import type { ContentStore } from '@lading/store';
import { isLongRun, mixedBytes } from '@lading/testkit';
import { anonymous, openRegistry, type RegistryOptions } from '../index.ts';
import {
  type Fault,
  type FaultRegistry,
  type FaultRegistryOptions,
  startFaultRegistry,
} from '../testing/fault-registry.ts';

const maxBytes = 128 << 20;
const retries = { pauseMs: 1, attempts: 3 };

async function start(
  t: TestContext,
  faults: FaultRegistryOptions,
  options: Partial<RegistryOptions> = {},
): Promise<{ server: FaultRegistry; content: ContentStore }> {
  const server = await startFaultRegistry(t, faults);
  const registry = openRegistry({ registry: server.host, credentials: anonymous, retries, ...options });
  t.after(() => registry.close());
  return { server, content: registry.repository('app').content };
}

function describe(data: Buffer): Descriptor {
  return descriptorOf(data, 'application/octet-stream');
}

/** The faults in turn, then none. */
function inTurn(...faults: readonly Fault[]): NonNullable<FaultRegistryOptions['fault']> {
  return (_, count) => faults[count];
}

const rangesOf = (server: FaultRegistry): (string | undefined)[] =>
  server.seen.slice(1).map(({ headers }) => headers.range);

test('a pull that is reset, cut off or goes silent goes on from the byte where it stopped', async (t) => {
  const data = mixedBytes(2_000_000);
  for (const kind of ['reset', 'end', 'silence'] as const) {
    const fault = inTurn({ kind, after: 700_000 }, { kind, after: 600_000 });
    const { server, content } = await start(t, { blobs: [data], fault }, { timeouts: { idleMs: 100 } });
    assert.ok((await collect(await content.open(describe(data)), { maxBytes, what: kind })).equals(data));
    const [first, second, third] = rangesOf(server);
    assert.equal(first, undefined);
    // A reset takes with it what was not read yet.
    const starts = [second, third].map((range) => Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1]));
    if (kind !== 'reset') assert.deepEqual(starts, [700_000, 1_300_000]);
    assert.ok(starts[0]! <= 700_000 && starts[1]! > starts[0]!, String(starts));
  }
});

test('a range survives breaks, and ends where it should', async (t) => {
  const data = mixedBytes(2_000_000);
  const fault = inTurn({ kind: 'end', after: 300_000 }, { kind: 'end', after: 100_000 });
  const { server, content } = await start(t, { blobs: [data], fault });
  const bytes = await content.open(describe(data), { range: { start: 500_000, end: 1_500_000 } });
  assert.ok((await collect(bytes, { maxBytes, what: 'range' })).equals(data.subarray(500_000, 1_500_000)));
  assert.deepEqual(rangesOf(server), ['bytes=500000-1499999', 'bytes=800000-1499999', 'bytes=900000-1499999']);
});

test('a registry that ignores ranges is read again up to where it broke', async (t) => {
  const data = mixedBytes(1_000_000);
  const { content } = await start(t, {
    blobs: [data],
    ranges: 'ignored',
    fault: inTurn({ kind: 'end', after: 600_000 }),
  });
  assert.ok((await collect(await content.open(describe(data)), { maxBytes, what: 'blob' })).equals(data));
  const part = await content.open(describe(data), { range: { start: 10, end: 20 } });
  assert.ok((await collect(part, { maxBytes, what: 'range' })).equals(data.subarray(10, 20)));
  await assert.rejects(
    async () => drain(await content.open(describe(data), { range: { start: 1_000_001 } })),
    (error) => isLadingError(error, 'RANGE_INVALID'),
  );
});

test('a reader that wants a range only where nothing else is read for it is told when there is none', async (t) => {
  const data = mixedBytes(100_000);
  for (const ranges of ['given', 'ignored'] as const) {
    const { content } = await start(t, { blobs: [data], ranges });
    const seek = async () => drain(await content.open(describe(data), { range: { start: 5, end: 10 }, seek: true }));
    if (ranges === 'given') assert.equal(await seek(), 5);
    else await assert.rejects(seek, (error) => isLadingError(error, 'RANGE_UNSUPPORTED'));
  }
});

test('what gets nowhere ends, with an error that says that trying again may help', async (t) => {
  const data = mixedBytes(200_000);
  const cases: [Fault, Parameters<typeof isLadingError>[1]][] = [
    [{ kind: 'end', after: 10 }, 'REGISTRY_UNREACHABLE'],
    [{ kind: 'reset', after: 10 }, 'REGISTRY_UNREACHABLE'],
    [{ kind: 'slow' }, 'REGISTRY_UNREACHABLE'],
    [{ kind: 'status', status: 503 }, 'REGISTRY_RESPONSE'],
    [{ kind: 'status', status: 429 }, 'REGISTRY_RATE_LIMITED'],
  ];
  for (const [fault, code] of cases) {
    const { content } = await start(t, { blobs: [data], fault: () => fault }, { timeouts: { idleMs: 50 } });
    await assert.rejects(
      async () => drain(await content.open(describe(data))),
      (error) => {
        assert.ok(isLadingError(error, code), `${JSON.stringify(fault)}: ${error}`);
        assert.equal(error.transient, true);
        return true;
      },
    );
  }
});

test('a blob that breaks again and again, but gets on each time, arrives; what is damaged on its way does not', async (t) => {
  const data = mixedBytes(2_000_000);
  const { server, content } = await start(t, { blobs: [data], fault: () => ({ kind: 'end', after: 150_000 }) });
  assert.ok((await collect(await content.open(describe(data)), { maxBytes, what: 'blob' })).equals(data));
  assert.equal(server.seen.length, 1 + Math.ceil(2_000_000 / 150_000));
  const fault = inTurn({ kind: 'end', after: 1_000_000 }, { kind: 'wrong-bytes' });
  const damaged = await start(t, { blobs: [data], fault });
  await assert.rejects(
    async () => drain(await damaged.content.open(describe(data))),
    (error) => isLadingError(error, 'DIGEST_MISMATCH'),
  );
});

test('after a break the registry is told which content is meant', async (t) => {
  const data = mixedBytes(500_000);
  const { server, content } = await start(t, { blobs: [data], fault: inTurn({ kind: 'end', after: 200_000 }) });
  await drain(await content.open(describe(data)));
  assert.equal(server.seen[2]?.headers['if-range'], `"${describe(data).digest}"`);
});

/** Big, and quickly made. */
const big = Buffer.alloc(44 << 20, mixedBytes(100_003));

test('a big blob over slow connections comes over several, in order, and in less time than one takes', async (t) => {
  const bytesPerSecond = 8 << 20;
  const { server, content } = await start(t, { blobs: [big], bytesPerSecond });
  const began = performance.now();
  assert.equal(await drain(await content.open(describe(big))), big.length);
  const tookMs = performance.now() - began;
  const oneMs = (big.length / bytesPerSecond) * 1000;
  t.diagnostic(`${tookMs.toFixed(0)} ms; one connection takes ${oneMs.toFixed(0)} ms`);
  assert.ok(server.seen.length > 6);
  // It cannot be less over one. On a machine that has nothing else to do it is less than half.
  assert.ok(tookMs < oneMs);
});

test('a registry that only promises ranges, and one that breaks them, give a big blob all the same', async (t) => {
  if (!isLongRun(t)) return;
  const fault = (_: unknown, count: number): Fault | undefined =>
    count % 3 === 2 ? { kind: 'end', after: 1_000_000 } : undefined;
  for (const faults of [{ ranges: 'promised' } as const, { fault }]) {
    const { server, content } = await start(t, { blobs: [big], bytesPerSecond: 10 << 20, ...faults });
    assert.equal(await drain(await content.open(describe(big))), big.length);
    assert.ok(server.seen.length > 2);
  }
});

test('a big blob that is left early lets go of its connections and memory', async (t) => {
  const { server, content } = await start(t, { blobs: [big], bytesPerSecond: 16 << 20 });
  let seen = 0;
  for await (const chunk of await content.open(describe(big))) {
    seen += chunk.byteLength;
    if (seen > 13 << 20) break;
  }
  assert.ok(server.seen.length > 4, 'windows had begun');
});
