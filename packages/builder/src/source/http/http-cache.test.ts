import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { collect, fromFile } from '@lading/bytes';
import { isLadingError } from '@lading/errors';
import { digestOf } from '@lading/oci';
import { startHttpServer, temporaryFolder } from '@lading/testkit';
import { addressName, dispositionName } from './file-name.ts';
import { HttpCache } from './http-cache.ts';

const retryDelaysMs = [1, 1];

test('what an address gave is asked for again only when it changed', async (t) => {
  const folder = await temporaryFolder(t);
  let body = 'one';
  const server = await startHttpServer(t, (request, response) => {
    const etag = `"${body}"`;
    response.setHeader('etag', etag).setHeader('last-modified', 'Tue, 14 Nov 2023 22:13:20 GMT');
    if (request.headers['if-none-match'] === etag) response.writeHead(304).end();
    else response.end(body);
  });
  const url = `http://${server.host}/a/file.txt`;
  const fetchOnce = async (): Promise<string> => {
    const cache = new HttpCache(folder);
    t.after(() => cache.close());
    const [one, same] = await Promise.all([cache.fetch(url), cache.fetch(url)]);
    assert.equal(one.path, same.path);
    assert.equal(one.modified, 1_700_000_000);
    return (await collect(fromFile(one.path), { maxBytes: 100, what: 'x' })).toString();
  };
  assert.equal(await fetchOnce(), 'one');
  assert.equal(await fetchOnce(), 'one');
  body = 'two';
  assert.equal(await fetchOnce(), 'two');
  assert.deepEqual(
    server.seen.map(({ headers }) => headers['if-none-match']),
    [undefined, '"one"', '"one"'],
  );
  assert.deepEqual(await readdir(join(folder, 'partial')), []);
});

test('with its checksum a download needs no server the second time, and a wrong one is an error that tells both', async (t) => {
  const folder = await temporaryFolder(t);
  const server = await startHttpServer(t, (_request, response) => response.end('content'));
  const url = `http://${server.host}/x`;
  const checksums = [digestOf('content'), digestOf('content', 'sha512')];
  for (const sums of [checksums, checksums.slice(0, 1), checksums.slice(0, 1)]) {
    const cache = new HttpCache(folder);
    t.after(() => cache.close());
    assert.equal((await cache.fetch(url, { checksums: sums })).digest, checksums[0]);
  }
  assert.equal(server.seen.length, 1);
  const cache = new HttpCache(folder);
  t.after(() => cache.close());
  const wrong = digestOf('other');
  await assert.rejects(cache.fetch(url, { checksums: [wrong] }), (error) => {
    assert.ok(isLadingError(error, 'SOURCE_MISMATCH'));
    assert.ok(error.message.includes(digestOf('content')) && error.message.includes(wrong));
    return true;
  });
});

test('a server that fails for a moment is asked again; what is not there, refused or too large is told apart', async (t) => {
  const folder = await temporaryFolder(t);
  let failures = 2;
  const server = await startHttpServer(t, (request, response) => {
    if (request.url === '/absent') return response.writeHead(404).end();
    if (request.url === '/denied') return response.writeHead(403).end();
    if (request.url === '/cut') {
      response.writeHead(200, { 'content-length': 10 }).write('half');
      return setTimeout(() => response.destroy(), 5);
    }
    failures -= 1;
    return failures >= 0 ? response.writeHead(503).end() : response.end('x'.repeat(100));
  });
  const cache = new HttpCache(folder);
  t.after(() => cache.close());
  const at = (path: string): string => `http://user:secret-word@${server.host}${path}`;
  assert.equal((await cache.fetch(at('/flaky'), { retryDelaysMs })).size, 100);
  for (const [path, code] of [
    ['/absent', 'SOURCE_NOT_FOUND'],
    ['/denied', 'SOURCE_DENIED'],
    ['/cut', 'SOURCE_UNREACHABLE'],
  ] as const) {
    await assert.rejects(cache.fetch(at(path), { retryDelaysMs }), (error) => {
      assert.ok(isLadingError(error, code), String(error));
      assert.ok(!JSON.stringify([error.message, error.details]).includes('secret-word'));
      return true;
    });
  }
  await assert.rejects(cache.fetch(at('/large'), { maxBytes: 50, retryDelaysMs }), (error) =>
    isLadingError(error, 'BYTES_LIMIT'),
  );
  assert.deepEqual(await readdir(join(folder, 'partial')), []);
});

test('a file is named by its address, else by what the server says, and never with a path', () => {
  assert.equal(addressName('https://example.org/a/b%20c.tgz?x=/y'), 'b c.tgz');
  assert.equal(addressName('https://example.org/'), undefined);
  assert.equal(addressName('https://example.org/a/%2e%2e%2fpasswd'), undefined);
  assert.equal(dispositionName('attachment; filename="../../etc/a \\"b\\".txt"'), 'a "b".txt');
  assert.equal(dispositionName("attachment; filename=x; filename*=UTF-8''n%C3%A4me.txt"), 'näme.txt');
  assert.equal(dispositionName('inline'), undefined);
});

test('a redirect is followed without waiting for the end of its body, and takes no credentials along', async (t) => {
  const folder = await temporaryFolder(t);
  const target = await startHttpServer(t, (_request, response) => response.end('content'));
  const server = await startHttpServer(t, (_request, response) => {
    response.writeHead(302, { location: `http://${target.host}/f` }).write('endless');
  });
  const cache = new HttpCache(folder);
  t.after(() => cache.close());
  const url = `http://me:secret@${server.host}/x`;
  assert.equal((await cache.fetch(url, { signal: AbortSignal.timeout(5000) })).digest, digestOf('content'));
  assert.ok(server.seen[0]?.headers.authorization);
  assert.equal(target.seen[0]?.headers.authorization, undefined);
});
