import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { collect } from '@lading/bytes';
import { isLadingError } from '@lading/errors';
import { findProgram, skipUnless, temporaryFolder } from '@lading/testkit';
import { defaultLimits } from '../../archive/limits.ts';
import type { FileSource, SourceFile } from '../../file-source.ts';
import { type GitAddress, parseGitAddress } from './git-address.ts';
import { GitCache } from './git-cache.ts';
import { openGitFiles } from './git-files.ts';

const io = {};
const access = { local: true };

async function bench(t: TestContext): Promise<{ folder: string; cache: GitCache; run: (...args: string[]) => string }> {
  const folder = await temporaryFolder(t);
  const origin = join(folder, 'origin');
  await mkdir(origin);
  const run = (...args: string[]): string =>
    execFileSync(
      'git',
      ['-c', 'user.name=T', '-c', 'user.email=t@example.org', '-c', 'protocol.file.allow=always', ...args],
      {
        cwd: origin,
        encoding: 'utf8',
        env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_COMMITTER_DATE: '@1700000000 +0000' },
      },
    ).trim();
  run('init', '-q', '-b', 'main');
  await writeFile(join(origin, 'a.txt'), 'one');
  await mkdir(join(origin, 'sub'));
  await writeFile(join(origin, 'sub', 'run.sh'), '#!/bin/sh\n', { mode: 0o755 });
  await symlink('run.sh', join(origin, 'sub', 'link'));
  run('add', '.');
  run('commit', '-q', '-m', 'one');
  run('tag', '-a', '-m', 'v', 'v1');
  return { folder, cache: new GitCache(join(folder, 'cache')), run };
}

async function open(
  cache: GitCache,
  folder: string,
  text: string,
): Promise<{ files: FileSource; close(): Promise<void>; commit: string }> {
  const address = parseGitAddress(text, { local: true }) as GitAddress;
  const found = await cache.resolve(address, access, io);
  const commit = await cache.fetch(address, found, access, io);
  const fetch = (inner: GitAddress, id: string) => cache.fetch(inner, { commit: id }, access, io);
  const options = { name: 'git', spoolFolder: join(folder, 'spool'), limits: defaultLimits, fetch };
  const opened = await openGitFiles(commit, address, options, io);
  return { files: opened.files('git', 5), close: () => opened.close(), commit: commit.commit };
}

async function listing(source: FileSource, folder = ''): Promise<Record<string, string>> {
  const shown: Record<string, string> = {};
  for (const file of await source.list(folder)) {
    if (file.type === 'directory') Object.assign(shown, await listing(source, file.path));
    else
      shown[file.path] =
        file.type === 'symlink' ? `-> ${file.linkPath}` : `${file.mode.toString(8)} ${await text(source, file)}`;
  }
  return shown;
}

async function text(source: FileSource, file: SourceFile): Promise<string> {
  for await (const [, content] of source.read([file], io))
    return (await collect(content, { maxBytes: 1 << 20, what: file.path })).toString();
  return '';
}

test('a commit comes as a checkout has it, by branch, tag and id, with folders, and dated to the epoch', async (t) => {
  if (!skipUnless(t, findProgram('git') !== undefined, 'the program git is not installed')) return;
  const { folder, cache, run } = await bench(t);
  const url = `file://${folder}/origin`;
  const all = { 'a.txt': '644 one', 'sub/link': '-> run.sh', 'sub/run.sh': '755 #!/bin/sh\n' };
  for (const ref of ['', '#main', '#v1', `#${run('rev-parse', 'HEAD')}`, '?tag=v1', '?branch=main']) {
    const opened = await open(cache, folder, `${url}${ref}`);
    assert.deepEqual(await listing(opened.files), all, ref);
    assert.equal((await opened.files.find('a.txt', { follow: true }))?.mtime, 5);
    await opened.close();
  }
  const sub = await open(cache, folder, `${url}#main:sub`);
  assert.deepEqual(Object.keys(await listing(sub.files)), ['link', 'run.sh']);
  await sub.close();
  await assert.rejects(open(cache, folder, `${url}#main:absent`), (error) => isLadingError(error, 'SOURCE_NOT_FOUND'));
  await assert.rejects(open(cache, folder, `${url}#absent`), (error) => isLadingError(error, 'SOURCE_NOT_FOUND'));
  await assert.rejects(open(cache, folder, `file://${folder}/nowhere`), (error) =>
    isLadingError(error, 'SOURCE_NOT_FOUND'),
  );
});

test('what is said about archives or filters in a repository leaves no file out, changes none and runs nothing', async (t) => {
  if (!skipUnless(t, findProgram('git') !== undefined, 'the program git is not installed')) return;
  const { folder, cache, run } = await bench(t);
  const origin = join(folder, 'origin');
  await writeFile(join(origin, '.gitattributes'), 'a.txt export-ignore\nb.txt export-subst filter=evil\n');
  await writeFile(join(origin, 'b.txt'), '$Format:%H$');
  run('add', '.');
  run('commit', '-q', '-m', 'two');
  const opened = await open(cache, folder, `file://${origin}`);
  const files = await listing(opened.files);
  assert.equal(files['a.txt'], '644 one');
  assert.equal(files['b.txt'], '644 $Format:%H$');
  await opened.close();
});

test('a commit that is here is not fetched again, and one without a name is found by its id', async (t) => {
  if (!skipUnless(t, findProgram('git') !== undefined, 'the program git is not installed')) return;
  const { folder, cache, run } = await bench(t);
  const first = run('rev-parse', 'HEAD');
  await writeFile(join(folder, 'origin', 'a.txt'), 'two');
  run('commit', '-q', '-am', 'two');
  const old = await open(cache, folder, `file://${folder}/origin#${first}`);
  assert.equal((await listing(old.files))['a.txt'], '644 one');
  await old.close();
  await rm(join(folder, 'origin'), { recursive: true });
  const again = await open(cache, folder, `file://${folder}/origin#${first}`);
  assert.equal((await listing(again.files))['a.txt'], '644 one');
  await again.close();
});

test('submodules come with their commit; one of this machine is not reached from elsewhere', async (t) => {
  if (!skipUnless(t, findProgram('git') !== undefined, 'the program git is not installed')) return;
  const { folder, cache, run } = await bench(t);
  execFileSync('git', ['clone', '-q', join(folder, 'origin'), join(folder, 'inner')]);
  run('submodule', '--quiet', 'add', '../inner', 'deps/inner');
  run('commit', '-q', '-m', 'with a submodule');
  const opened = await open(cache, folder, `file://${folder}/origin`);
  assert.equal((await listing(opened.files))['deps/inner/a.txt'], '644 one');
  await opened.close();
  const without = await open(cache, folder, `file://${folder}/origin?submodules=false`);
  assert.equal((await listing(without.files))['deps/inner/a.txt'], undefined);
  await without.close();
  assert.equal(parseGitAddress(`file://${folder}/inner`), undefined);
});

test('--keep-git-dir gives a repository that git can use, in the same bytes each time', async (t) => {
  if (!skipUnless(t, findProgram('git') !== undefined, 'the program git is not installed')) return;
  const { folder, cache, run } = await bench(t);
  const prints: unknown[] = [];
  for (const time of [1, 2]) {
    const opened = await open(cache, folder, `file://${folder}/origin?ref=v1&keep-git-dir=true`);
    const target = join(folder, `out-${time}`);
    const all: SourceFile[] = [];
    const walk = async (at: string): Promise<void> => {
      for (const file of await opened.files.list(at)) {
        all.push(file);
        if (file.type === 'directory') {
          await mkdir(join(target, file.path), { recursive: true });
          await walk(file.path);
        } else if (file.type === 'symlink') await symlink(file.linkPath ?? '', join(target, file.path));
        else
          for await (const [, content] of opened.files.read([file], io))
            await writeFile(join(target, file.path), await collect(content, { maxBytes: 1 << 20, what: 'x' }), {
              mode: file.mode,
            });
      }
    };
    await walk('');
    const show = (...args: string[]): string =>
      execFileSync('git', ['-C', target, ...args], { encoding: 'utf8' }).trim();
    assert.equal(show('rev-parse', 'HEAD'), run('rev-parse', 'HEAD'));
    assert.equal(show('describe', '--tags'), 'v1');
    assert.equal(show('status', '--porcelain'), '');
    const { identity } = opened.files;
    prints.push(identity.kind === 'files' ? await identity.fingerprint(all, io) : undefined);
    await opened.close();
  }
  assert.equal(prints[0], prints[1]);
});

test('the id of an annotated tag is that of its commit; one of no commit is not found', async (t) => {
  if (!skipUnless(t, findProgram('git') !== undefined, 'the program git is not installed')) return;
  const { folder, cache, run } = await bench(t);
  const url = `file://${folder}/origin`;
  run('config', 'uploadpack.allowAnySHA1InWant', 'true');
  const address = { url };
  const tagged = await cache.fetch(address, { commit: run('rev-parse', 'v1') }, access, io);
  assert.equal(tagged.time, 1_700_000_000);
  await assert.rejects(cache.fetch(address, { commit: run('rev-parse', 'HEAD:a.txt') }, access, io), (error) =>
    isLadingError(error, 'SOURCE_NOT_FOUND'),
  );
});
