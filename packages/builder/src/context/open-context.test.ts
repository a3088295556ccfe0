import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fromBuffer, fromFile } from '@lading/bytes';
import { isLadingError } from '@lading/errors';
import { findProgram, skipUnless, startHttpServer, temporaryFolder } from '@lading/testkit';
import { gitRepository } from '../testing/git-server.ts';
import { tarOf, type Workbench, workbench } from '../testing/workbench.ts';

const files = {
  Dockerfile: 'FROM scratch\nCOPY . /\n',
  'Other.Dockerfile': 'FROM scratch\nCOPY a /other\n',
  'Other.Dockerfile.dockerignore': 'b',
  '.dockerignore': 'b\n*ockerfile*',
  a: 'A',
  b: 'B',
  'sub/Dockerfile': 'FROM scratch\nCOPY in /\n',
  'sub/in': 'IN',
};
const all = ['.dockerignore', 'a', 'sub', 'sub/Dockerfile', 'sub/in'];

async function names(bench: Workbench, context: string, request = {}): Promise<string[]> {
  return Object.keys(await bench.files(await bench.build(context, request)));
}

test('a tar on stdin builds what its folder builds, from the same cache, whatever its compression', async (t) => {
  const bench = await workbench(t);
  const folder = await bench.context(files);
  const expected = await bench.build(folder);
  assert.deepEqual(Object.keys(await bench.files(expected)), all);
  for (const [flags, program] of [
    ['', 'tar'],
    ['z', 'gzip'],
    ['j', 'bzip2'],
    ['J', 'xz'],
  ] as const) {
    if (!skipUnless(t, findProgram(program) !== undefined, program)) return;
    const archive = `${folder}.tar`;
    tarOf(folder, archive, flags, ['.']);
    const { cacheFolder, output } = bench;
    const piped = await workbench(t, { cacheFolder, output, environment: { stdin: fromFile(archive) } });
    const built = await piped.build('-');
    assert.equal(built.manifest.digest, expected.manifest.digest);
    assert.ok(built.steps.every((step) => step.cached));
    assert.deepEqual(await bench.leftovers(), []);
  }
  const chosen = await workbench(t, { environment: { stdin: fromFile(`${folder}.tar`) } });
  assert.deepEqual(await names(chosen, '-', { file: 'Other.Dockerfile' }), ['other']);
});

test('a Dockerfile on stdin is built without files, or with those of a folder', async (t) => {
  const stdin = (text: string) => ({ environment: { stdin: fromBuffer(text) } });
  const alone = await workbench(t, stdin('FROM scratch\nCOPY <<x /x\nhello\nx\n'));
  assert.deepEqual(await names(alone, '-'), ['x']);
  const needsFile = await workbench(t, stdin('FROM scratch\nCOPY a /\n'));
  await assert.rejects(needsFile.build('-'), (error) => isLadingError(error, 'BUILD_INVALID'));
  const withFolder = await workbench(t, stdin('FROM scratch\nCOPY a /x\n'));
  assert.deepEqual(await names(withFolder, await withFolder.context(files), { file: '-' }), ['x']);
  await assert.rejects(withFolder.build('-', { file: '-' }), (error) => isLadingError(error, 'BUILD_INVALID'));
  const neither = await workbench(t, { environment: { stdin: fromBuffer(Buffer.alloc(2000, 'x\0')) } });
  await assert.rejects(
    neither.build('-'),
    (error) => isLadingError(error, 'BUILD_INVALID') && /neither a tar nor/.test(error.message),
  );
});

test('an address gives a context as a tar, or a Dockerfile', async (t) => {
  const bench = await workbench(t);
  const folder = await bench.context(files);
  tarOf(folder, `${folder}.tgz`, 'z', ['.']);
  const server = await startHttpServer(t, async (request, response) =>
    response.end(request.url === '/ctx' ? await readFile(`${folder}.tgz`) : 'FROM scratch\nCOPY <<x /x\nhello\nx\n'),
  );
  assert.deepEqual(await names(bench, `http://${server.host}/ctx`), all);
  assert.deepEqual(
    await names(bench, `http://${server.host}/ctx`, { file: 'sub/Dockerfile' }).catch(String),
    'LadingError: Dockerfile:2: Cannot copy "in" from the build context: it is not there',
  );
  const built = await bench.build(`http://${server.host}/text`);
  assert.deepEqual(Object.keys(await bench.files(built)), ['x']);
  assert.equal(built.materials[0]?.kind, 'http');
  assert.deepEqual(await names(bench, folder, { file: `http://${server.host}/text` }), ['x']);
});

test('a repository is a context, at a branch and in a folder, and its commit is recorded', async (t) => {
  if (!skipUnless(t, findProgram('git') !== undefined, 'the program git is not installed')) return;
  const { url, commit } = await gitRepository(t, await temporaryFolder(t));
  const id = await commit(files);
  const bench = await workbench(t);
  assert.deepEqual(await names(bench, `${url}#main`), all);
  assert.deepEqual(await names(bench, `${url}#main:sub`), ['in']);
  const built = await bench.build(url, { epoch: undefined });
  assert.deepEqual(
    built.materials.map(({ digest }) => digest),
    [{ sha1: id }],
  );
  assert.equal((await bench.image(built)).config.created, '2023-11-14T22:13:20Z');
  assert.deepEqual(await bench.leftovers(), []);
});

test('the image is dated to the commit of the folder and its files to a constant; SOURCE_DATE_EPOCH=context dates both', async (t) => {
  if (!skipUnless(t, findProgram('git') !== undefined, 'the program git is not installed')) return;
  const bench = await workbench(t);
  const folder = await bench.context({ a: 'A', Dockerfile: 'FROM scratch\nCOPY a /\n' });
  const commit = (time: number): void => {
    const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_COMMITTER_DATE: `@${time} +0000` };
    const who = ['-c', 'user.name=T', '-c', 'user.email=t@example.org'];
    for (const args of [
      ['init', '-q'],
      ['add', '.'],
      ['commit', '-q', '--allow-empty', '-m', 'x'],
    ])
      execFileSync('git', ['-C', folder, ...who, ...args], { env });
  };
  const created = async (request = {}): Promise<[string | undefined, boolean | undefined]> => {
    const built = await bench.build(folder, { epoch: undefined, ...request });
    return [(await bench.image(built)).config.created, built.steps[0]?.cached];
  };
  assert.deepEqual(await created(), ['1980-01-01T00:00:01Z', false]);
  commit(1_600_000_000);
  assert.deepEqual(await created(), ['2020-09-13T12:26:40Z', true]);
  commit(1_700_000_000);
  assert.deepEqual(await created(), ['2023-11-14T22:13:20Z', true]);
  const buildArgs = { SOURCE_DATE_EPOCH: 'context' };
  assert.deepEqual(await created({ buildArgs }), ['2023-11-14T22:13:20Z', false]);
  assert.deepEqual(await created({ buildArgs: { SOURCE_DATE_EPOCH: '1' } }), ['1970-01-01T00:00:01Z', false]);
  const outside = await bench.context({ Dockerfile: 'FROM scratch\n' });
  await assert.rejects(bench.build(outside, { epoch: undefined, buildArgs }), (error) =>
    isLadingError(error, 'BUILD_INVALID'),
  );
  await writeFile(join(outside, 'Dockerfile'), 'ARG SOURCE_DATE_EPOCH=7\nFROM scratch\n');
  assert.equal(
    (await bench.image(await bench.build(outside, { epoch: undefined }))).config.created,
    '1970-01-01T00:00:07Z',
  );
});
