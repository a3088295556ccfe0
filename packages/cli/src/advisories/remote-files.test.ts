import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { type TestContext, test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { startHttpServer, type TestServer, temporaryFolder } from '@lading/testkit';
import { type Context, createContext } from '../context.ts';
import { fetchAdvisoryFiles } from './remote-files.ts';

interface Bucket {
  readonly server: TestServer;
  readonly context: Context;
  /** Names and contents of what is fetched below a path. */
  fetch(path: string, ecosystems?: readonly string[]): Promise<string[]>;
}

/** A bucket with dumps of npm and PyPI, another address that redirects to it, and one that redirects for ever. */
async function startBucket(t: TestContext, answerInstead: () => number | undefined = () => undefined): Promise<Bucket> {
  const server = await startHttpServer(t, ({ url = '', headers }, response) => {
    const status = answerInstead();
    const [, folder, rest] = /^\/(\w+)\/(.*)$/.exec(url) ?? [];
    if (status !== undefined) return response.writeHead(status).end();
    if (folder === 'old') return response.writeHead(302, { location: `/osv/${rest}` }).end();
    if (folder === 'loop') return response.writeHead(302, { location: url }).end();
    if (url === '/osv/ecosystems.txt') return response.end('npm\nPyPI\nDebian:12\nNo Order\n');
    if (!/^\/osv\/(?:npm|PyPI|Rocky%20Linux)\/all\.zip$/.test(url)) return response.writeHead(404).end();
    const known = headers['if-none-match'] === '"1"';
    return response.writeHead(known ? 304 : 200, { etag: '"1"' }).end(known ? undefined : `zip of ${url}`);
  });
  const context = createContext({ json: false, quiet: true, root: await temporaryFolder(t) });
  t.after(() => context.close());
  return {
    ...{ server, context },
    async fetch(path, ecosystems) {
      const files = await fetchAdvisoryFiles(context, `http://${server.host}${path}`, { ecosystems });
      const texts = await Promise.all(
        files.map(async (file) => `${file.ecosystem}: ${await readFile(file.path, 'utf8')}`),
      );
      return texts.sort();
    },
  };
}

const npm = 'npm: zip of /osv/npm/all.zip';

test('of a bucket every dump is fetched whose versions have an order, or those that were named', async (t) => {
  const { fetch } = await startBucket(t);
  assert.deepEqual(await fetch('/osv/'), ['PyPI: zip of /osv/PyPI/all.zip', npm]);
  assert.deepEqual(await fetch('/osv', ['Rocky Linux']), ['Rocky Linux: zip of /osv/Rocky%20Linux/all.zip']);
  assert.deepEqual(await fetch('/osv/npm/all.zip'), [npm], 'a file by its own address');
});

test('what did not change is not fetched again, and redirects are followed so far', async (t) => {
  const { fetch, server } = await startBucket(t);
  await fetch('/osv', ['npm']);
  assert.deepEqual(await fetch('/osv', ['npm']), [npm]);
  assert.equal(server.seen.at(-1)?.headers['if-none-match'], '"1"');
  assert.deepEqual(await fetch('/old', ['npm']), [npm]);
  await assert.rejects(fetch('/loop', ['npm']), (error) => isLadingError(error, 'SOURCE_UNREACHABLE'));
});

test('what is not there, refused or failing is told apart', async (t) => {
  let status: number | undefined;
  const { fetch } = await startBucket(t, () => status);
  await assert.rejects(fetch('/osv', ['Maven']), (error) => isLadingError(error, 'SOURCE_NOT_FOUND'));
  await assert.rejects(fetch('/none'), /no ecosystems\.txt/);
  status = 403;
  await assert.rejects(fetch('/osv'), (error) => isLadingError(error, 'SOURCE_DENIED'));
  status = 410;
  await assert.rejects(fetch('/osv', ['npm']), (error) => isLadingError(error, 'SOURCE_NOT_FOUND'));
});
