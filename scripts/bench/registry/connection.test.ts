import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { openConnection } from './connection.ts';

test('a connection counts bodies of a stated length, in chunks and of none, one request after another', async (t) => {
  const server = createServer((request, response) => {
    const size = Number(request.url?.slice(1));
    request.resume().on('end', () => {
      if (request.method === 'HEAD') response.setHeader('Content-Length', 1000);
      else if (request.headers['x-chunked'] === undefined) response.setHeader('Content-Length', size);
      response.flushHeaders();
      if (request.method !== 'HEAD') response.write(Buffer.alloc(size));
      response.end();
    });
  }).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const connection = await openConnection((server.address() as AddressInfo).port);
  t.after(connection.close);
  const ask = (method: string, path: string, headers = ''): Promise<number> =>
    connection
      .ask(method, [Buffer.from(`${method} ${path} HTTP/1.1\r\nHost: test\r\n${headers}\r\n`)])
      .then(({ status, bodyBytes }) => {
        assert.equal(status, 200);
        return bodyBytes;
      });
  assert.equal(await ask('GET', '/10'), 10);
  assert.equal(await ask('GET', '/3000000'), 3_000_000);
  assert.equal(await ask('HEAD', '/10'), 0);
  assert.ok((await ask('GET', '/3000000', 'X-Chunked: 1\r\n')) > 3_000_000);
  assert.equal(await ask('GET', '/7'), 7);
});
