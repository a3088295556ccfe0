import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { Secret } from '@lading/errors';
import { digestOf } from '@lading/oci';
import { startTestRegistry } from '../testing/test-registry.ts';
import type { AccessEntry } from './access-log.ts';
import { openTracing } from './open-tracing.ts';
import { tracedCalls } from './traced-calls.ts';

interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly status: { readonly code?: number };
  readonly attributes: readonly { readonly key: string; readonly value: Record<string, unknown> }[];
}

/** A collector that speaks OTLP/HTTP with JSON. */
async function collector(t: TestContext) {
  const spans: OtlpSpan[] = [];
  const seen = { resource: '', token: '' };
  const server = createServer(async (request, response) => {
    const body = JSON.parse(Buffer.concat(await Array.fromAsync(request)).toString());
    for (const { resource, scopeSpans } of body.resourceSpans) {
      seen.resource = JSON.stringify(resource);
      for (const scope of scopeSpans) spans.push(...scope.spans);
    }
    seen.token = String(request.headers['x-token']);
    response.writeHead(request.url === '/v1/traces' ? 200 : 404, { 'Content-Type': 'application/json' }).end('{}');
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { spans, seen, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

test('a request is a span of the trace that its caller names, with spans for database and storage below it', async (t) => {
  const { spans, seen, endpoint } = await collector(t);
  const config = { endpoint, headers: { 'x-token': new Secret('t') }, ratio: 1 };
  const tracing = await openTracing({ config, version: '1.2.3', origin: {} }, {});
  assert.ok(tracing !== undefined);
  const entries: AccessEntry[] = [];
  const { host } = await startTestRegistry(t, { tracing, onRequest: (entry) => void entries.push(entry) });
  const layer = Buffer.from('layer');
  const traceId = 'a'.repeat(32);
  const answer = await fetch(`http://${host}/v2/team/app/blobs/uploads/?digest=${digestOf(layer)}`, {
    method: 'POST',
    body: layer,
    headers: { traceparent: `00-${traceId}-${'b'.repeat(16)}-01` },
  });
  assert.equal(answer.status, 201);
  assert.equal((await fetch(`http://${host}/v2/team/app/blobs/${digestOf(layer)}`)).status, 200);
  // Answers reach their clients before the registry is done with them.
  while (entries.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  await tracing.close();

  assert.match(seen.resource, /lading-registry/);
  assert.match(seen.resource, /1\.2\.3/);
  assert.equal(seen.token, 't');
  const request = spans.find(({ name }) => name === 'POST /v2/:name/blobs/uploads/');
  assert.ok(request !== undefined);
  assert.deepEqual([request.traceId, request.parentSpanId, request.kind], [traceId, 'b'.repeat(16), 2]);
  const attributes = Object.fromEntries(request.attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
  assert.equal(attributes['http.response.status_code'], 201);
  assert.equal(attributes['lading.repository'], 'team/app');
  const below = spans.filter(({ parentSpanId }) => parentSpanId === request.spanId).map(({ name }) => name);
  assert.ok(
    below.some((name) => name.startsWith('storage.')) && below.some((name) => name.startsWith('database.')),
    below.join(),
  );
  assert.deepEqual(
    entries.map((entry) => entry.traceId),
    [traceId, spans.find(({ name }) => name === 'GET /v2/:name/blobs/:digest')?.traceId],
  );
});

test('without configuration and environment there are no traces, and OpenTelemetry is not loaded', async () => {
  assert.equal(await openTracing({ config: undefined, version: '1', origin: {} }, {}), undefined);
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318', OTEL_SDK_DISABLED: 'true' };
  assert.equal(await openTracing({ config: undefined, version: '1', origin: {} }, env), undefined);
});

test('calls keep their results, errors, order and private state', async () => {
  class Store {
    readonly #items = [1, 2, 3];
    size = 3;
    async get(index: number): Promise<number> {
      const item = this.#items[index];
      if (item === undefined) throw new RangeError('there is none');
      return item;
    }
    async *list(): AsyncGenerator<number> {
      yield* this.#items;
    }
    part(): { get(): Promise<number> } {
      return { get: () => this.get(0) };
    }
  }
  const log: string[] = [];
  const store = tracedCalls(
    new Store(),
    's',
    (name) => {
      log.push(`+${name}`);
      return (error) => void log.push(`-${name}${error === undefined ? '' : '!'}`);
    },
    { part: 'piece' },
  );
  assert.equal(await store.get(1), 2);
  await assert.rejects(store.get(9), RangeError);
  assert.deepEqual(await Array.fromAsync(store.list()), [1, 2, 3]);
  assert.equal(await store.part().get(), 1);
  assert.equal(store.size, 3);
  assert.deepEqual(log, [
    '+s.get',
    '-s.get',
    '+s.get',
    '-s.get!',
    '+s.list',
    '-s.list',
    '+s.part',
    '+s.piece.get',
    '-s.piece.get',
  ]);
});
