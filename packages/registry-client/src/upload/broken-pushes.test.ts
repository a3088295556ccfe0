import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { test } from 'node:test';
import { fromBuffer } from '@lading/bytes';
import { isLadingError } from '@lading/errors';
import { digestOf } from '@lading/oci';
import { put } from '@lading/store';
import { startHttpServer } from '@lading/testkit';
import { anonymous, openRegistry } from '../index.ts';
import { blob, code, faulty, mediaType, status } from '../testing/faulty-registry.ts';

test('a small blob is pushed again from its start when the connection breaks', async (t) => {
  const received: string[] = [];
  const start = (_: IncomingMessage, response: ServerResponse) =>
    response.writeHead(202, { location: `/upload/${received.length}` }).end();
  const finish = async (request: IncomingMessage, response: ServerResponse): Promise<unknown> => {
    let text = '';
    for await (const chunk of request) text += chunk;
    received.push(text);
    if (received.length === 1) return request.socket.destroy();
    return response.writeHead(201).end();
  };
  const { repository, asked } = await faulty(t, [start, finish, start, finish]);
  await put(repository.content, Buffer.from('abc'), { mediaType });
  assert.deepEqual(received, ['abc', 'abc']);
  const query = `digest=${encodeURIComponent(blob.digest)}`;
  assert.deepEqual(asked(), [
    // Asked once whether a POST with content is enough: this registry opens a session instead.
    `POST /v2/app/blobs/uploads/?${query}`,
    `PUT /upload/0?${query}`,
    'POST /v2/app/blobs/uploads/',
    `PUT /upload/1?${query}`,
  ]);
});

test('a broken streamed push goes on from what the registry says it kept', async (t) => {
  const data = Buffer.alloc(3_000_000, 'x');
  const kept: Buffer[] = [];
  let patches = 0;
  const server = await startHttpServer(t, async (request, response): Promise<unknown> => {
    const size = kept.reduce((sum, part) => sum + part.length, 0);
    if (request.method === 'POST') return response.writeHead(202, { location: '/upload?state=0' }).end();
    if (request.method === 'GET' && request.url?.startsWith('/upload')) {
      return response.writeHead(204, { range: `0-${size - 1}`, location: '/upload?state=1' }).end();
    }
    if (request.method === 'PATCH') {
      patches++;
      for await (const chunk of request) {
        kept.push(chunk as Buffer);
        if (patches === 1 && kept.reduce((sum, part) => sum + part.length, 0) > 1_000_000)
          return request.socket.destroy();
      }
      return response.writeHead(202, { location: '/upload?state=2' }).end();
    }
    if (request.method === 'PUT') return response.writeHead(201).end();
    return response.end('{}');
  });
  const registry = openRegistry({ registry: server.host, credentials: anonymous, retries: { pauseMs: 1 } });
  t.after(() => registry.close());
  const ingest = await registry
    .repository('app')
    .content.begin({ expected: { digest: digestOf(data), size: data.length } });
  await assert.rejects(ingest.append(fromBuffer(data)), code('REGISTRY_UNREACHABLE'));
  assert.ok(ingest.offset > 1_000_000 && ingest.offset < data.length);
  await ingest.append(fromBuffer(data.subarray(ingest.offset)));
  await ingest.commit();
  assert.ok(Buffer.concat(kept).equals(data));
  assert.match(server.seen.at(-1)?.path ?? '', /^\/upload\?state=2&digest=/);
});

test('a refused streamed push says why, also when the registry answers before it has read everything', async (t) => {
  const { repository } = await faulty(t, [
    status(202, { location: '/upload' }),
    (_, response) => response.writeHead(413).end('{"errors":[{"code":"SIZE_INVALID","message":"too large"}]}'),
    status(404),
  ]);
  async function* endless() {
    for (let turn = 0; turn < 2_000; turn++) yield Buffer.alloc(1 << 20);
  }
  const ingest = await repository.content.begin();
  await assert.rejects(ingest.append(endless()), (error) => {
    assert.ok(isLadingError(error));
    assert.match(error.message, /HTTP 413, SIZE_INVALID: too large|closed the connection/);
    return true;
  });
  await ingest.abort();
});
