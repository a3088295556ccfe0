import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLadingError, Secret } from '@lading/errors';
import { digestOf } from '@lading/oci';
import { findProgram, skipUnless, startHttpServer, temporaryFolder } from '@lading/testkit';
import { gitRepository } from '../testing/git-server.ts';
import { workbench } from '../testing/workbench.ts';

const git = findProgram('git') !== undefined;
const noGit = 'the program git is not installed';

test('ADD of an address brings a file that only root reads, by its name, with its time; the second build asks and copies nothing', async (t) => {
  let body = 'one';
  const server = await startHttpServer(t, (request, response) => {
    const etag = `"${body}"`;
    response.setHeader('etag', etag).setHeader('last-modified', 'Sat, 08 Sep 2001 00:00:00 GMT');
    if (request.headers['if-none-match'] === etag) response.writeHead(304).end();
    else response.end(body);
  });
  const bench = await workbench(t);
  const url = `http://${server.host}/a/tool.bin?x=1`;
  const context = await bench.context({
    local: 'L',
    Dockerfile: `FROM scratch\nARG URL=${url}\nADD $URL local /opt/\nADD --chmod=755 --chown=7:8 ${url} /bin/tool\n`,
  });
  const first = await bench.build(context);
  assert.deepEqual(await bench.files(first), {
    bin: '0755 7:8 /',
    'bin/tool': '0755 7:8 one',
    opt: '0755 0:0 /',
    'opt/local': '0644 0:0 L',
    'opt/tool.bin': '0600 0:0 one',
  });
  assert.deepEqual(
    first.materials.filter(({ kind }) => kind !== 'context'),
    [{ kind: 'http', name: url, uri: url, digest: { sha256: digestOf('one').slice(7) } }],
  );
  assert.ok((await bench.build(context)).steps.every((step) => step.cached));
  body = 'two';
  const second = await bench.build(context);
  assert.ok(second.steps.every((step) => !step.cached));
  assert.equal((await bench.files(second))['bin/tool'], '0755 7:8 two');
});

test('ADD --checksum holds a download to its content; --unpack unpacks it, and without it an archive stays one', async (t) => {
  const server = await startHttpServer(t, (_request, response) => response.end('content'));
  const bench = await workbench(t);
  const built = async (flags: string): Promise<string[]> => {
    const context = await bench.context({ Dockerfile: `FROM scratch\nADD ${flags} http://${server.host}/f /x/\n` });
    return Object.keys(await bench.files(await bench.build(context)));
  };
  const sum = digestOf('content');
  assert.deepEqual(await built(`--checksum=${sum}`), ['x', 'x/f']);
  assert.deepEqual(await built(`--checksum=${digestOf('content', 'sha512')}`), ['x', 'x/f']);
  await assert.rejects(
    built(`--checksum=${digestOf('other')}`),
    (error) => isLadingError(error, 'SOURCE_MISMATCH') && /Dockerfile:2/.test(error.message),
  );
  await assert.rejects(built('--checksum=md5:1'), (error) => isLadingError(error, 'BUILD_INVALID'));
  assert.deepEqual(await bench.leftovers(), []);
});

test('ADD of a repository brings the files of its branch or commit; an equal folder in another commit is a hit', async (t) => {
  if (!skipUnless(t, git, noGit)) return;
  const { url, commit } = await gitRepository(t, await temporaryFolder(t));
  const first = await commit({ 'a.txt': 'A', 'sub/b.txt': 'B' });
  const bench = await workbench(t);
  const context = await bench.context({
    Dockerfile: `FROM scratch\nADD ${url}?branch=main&subdir=sub /sub\nADD ${url}#main /all\n`,
  });
  const built = await bench.build(context);
  assert.deepEqual(Object.keys(await bench.files(built)), [
    'all',
    'all/a.txt',
    'all/sub',
    'all/sub/b.txt',
    'sub',
    'sub/b.txt',
  ]);
  assert.deepEqual(
    built.materials.find(({ name }) => name === `${url}#main`),
    {
      kind: 'git',
      name: `${url}#main`,
      uri: `git+${url}@refs/heads/main`,
      digest: { sha1: first },
    },
  );
  await commit({ 'a.txt': 'changed' });
  const next = await bench.build(context);
  assert.deepEqual(
    next.steps.map((step) => step.cached),
    [true, false],
  );
  assert.equal((await bench.files(next))['all/a.txt'], '0644 0:0 changed');
  const pinned = await bench.context({
    Dockerfile: `FROM scratch\nADD --checksum=${first.slice(0, 12)} ${url}#${first} /x\n`,
  });
  assert.equal((await bench.files(await bench.build(pinned)))['x/a.txt'], '0644 0:0 A');
  const moved = await bench.context({ Dockerfile: `FROM scratch\nADD --checksum=${first} ${url}#main /x\n` });
  await assert.rejects(bench.build(moved), (error) => isLadingError(error, 'SOURCE_MISMATCH'));
  assert.deepEqual(await bench.leftovers(), []);
});

test('a private repository is read with the secret of the build, which stands in no result, event or error', async (t) => {
  if (!skipUnless(t, git, noGit)) return;
  const token = 'very-secret-token';
  const folder = await temporaryFolder(t);
  const { url, commit } = await gitRepository(t, folder, { password: `x-access-token:${token}` });
  await commit({ a: 'A' });
  const secret = async (id: string): Promise<Secret | undefined> =>
    id === 'GIT_AUTH_TOKEN' ? new Secret(token) : undefined;
  const bench = await workbench(t, { environment: { secret } });
  const context = await bench.context({ Dockerfile: `FROM scratch\nADD ${url} /x\n` });
  const built = await bench.build(context);
  assert.equal((await bench.files(built))['x/a'], '0644 0:0 A');
  assert.ok(!JSON.stringify([built.materials, built.steps, bench.events]).includes(token));
  const without = await workbench(t);
  await assert.rejects(
    without.build(context),
    (error) => isLadingError(error, 'SOURCE_DENIED') && !error.message.includes(token),
  );
});

test('ADD reaches no repository of the machine that builds', async (t) => {
  const bench = await workbench(t);
  const context = await bench.context({ Dockerfile: 'FROM scratch\nADD file:///etc/x.git /x\n' });
  await assert.rejects(
    bench.build(context),
    (error) => isLadingError(error, 'BUILD_INVALID') && /is not there/.test(error.message),
  );
});
