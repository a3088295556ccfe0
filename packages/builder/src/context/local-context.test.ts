import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { collect } from '@lading/bytes';
import { parseIgnore } from '@lading/dockerfile';
import { isLadingError } from '@lading/errors';
import { temporaryFolder } from '@lading/testkit';
import type { FileSource, SourceFile } from '../file-source.ts';
import { openLocalContext } from './local-context.ts';

async function context(t: TestContext, ignore = ''): Promise<{ folder: string; source: FileSource }> {
  const folder = join(await temporaryFolder(t), 'context');
  await mkdir(folder);
  return { folder, source: await open(folder, ignore) };
}

const open = (folder: string, ignore = ''): Promise<FileSource> =>
  openLocalContext({ folder, ignore: parseIgnore(ignore), epoch: 7 });

async function fingerprint(source: FileSource, files: readonly SourceFile[]): Promise<string> {
  assert.ok(source.identity.kind === 'files');
  return source.identity.fingerprint(files, {});
}

async function textOf(source: FileSource, file: SourceFile): Promise<string> {
  for await (const [, content] of source.read([file], {}))
    return (await collect(content, { maxBytes: 1 << 20, what: file.path })).toString();
  return '';
}

test('files look as a checkout gives them, whatever their modes, owners and times', async (t) => {
  const { folder, source } = await context(t);
  await writeFile(join(folder, 'plain'), 'x', { mode: 0o600 });
  await writeFile(join(folder, 'run'), 'x');
  await chmod(join(folder, 'run'), 0o4710);
  await mkdir(join(folder, 'folder'), { mode: 0o700 });
  await symlink('plain', join(folder, 'link'));
  const common = { uid: 0, gid: 0, mtime: 7 };
  assert.deepEqual(await source.list(''), [
    { path: 'folder', ...common, type: 'directory', mode: 0o755, size: 0 },
    { path: 'link', ...common, type: 'symlink', mode: 0o777, size: 0, linkPath: 'plain' },
    { path: 'plain', ...common, type: 'file', mode: 0o644, size: 1 },
    { path: 'run', ...common, type: 'file', mode: 0o755, size: 1 },
  ]);
});

test('no link leads out of the context, neither at the end of a path nor on the way', async (t) => {
  const { folder, source } = await context(t);
  await writeFile(join(folder, '..', 'secret'), 'secret');
  await mkdir(join(folder, 'd'));
  await writeFile(join(folder, 'd/inside'), 'inside');
  await symlink('../secret', join(folder, 'relative'));
  await symlink(join(folder, '../secret'), join(folder, 'absolute'));
  await symlink('..', join(folder, 'up'));
  await symlink('/', join(folder, 'root'));
  await symlink('../../../d', join(folder, 'clamped'));
  for (const path of ['relative', 'absolute', 'up/secret', 'root/etc/passwd', `root${join(folder, '../secret')}`]) {
    await assert.rejects(
      source.find(path, { follow: true }),
      (error) => isLadingError(error, 'BUILD_INVALID') && /not in the build context/.test(error.message),
      path,
    );
  }
  assert.equal((await source.find('relative', { follow: false }))?.type, 'symlink');
  // A context is a root of its own, as in an image.
  for (const path of ['clamped/inside', 'root/d/inside', 'up/d/inside'])
    assert.equal((await source.find(path, { follow: true }))?.path, 'd/inside', path);
});

test('links that run in circles are refused', async (t) => {
  const { folder, source } = await context(t);
  await symlink('b', join(folder, 'a'));
  await symlink('a', join(folder, 'b'));
  await assert.rejects(
    source.find('a', { follow: true }),
    (error) => isLadingError(error, 'BUILD_INVALID') && /circles/.test(error.message),
  );
  assert.equal((await source.list('')).length, 2);
});

test('what is ignored is not there, also behind a link', async (t) => {
  const { folder, source } = await context(t, 'secret\nhidden-link');
  await writeFile(join(folder, 'secret'), '');
  await writeFile(join(folder, 'open'), '');
  await symlink('secret', join(folder, 'link'));
  await symlink('open', join(folder, 'hidden-link'));
  assert.equal(await source.find('secret', { follow: true }), undefined);
  assert.equal(await source.find('hidden-link', { follow: true }), undefined);
  await assert.rejects(source.find('link', { follow: true }), /not in the build context/);
  assert.deepEqual(
    (await source.list('')).map(({ path }) => path),
    ['link', 'open'],
  );
});

test('pipes, sockets and devices are passed over in a folder and refused by name, without waiting for them', async (t) => {
  const { folder, source } = await context(t);
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  const server = createServer().listen(join(folder, 'socket'));
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => new Promise((resolve) => server.close(resolve)));
  assert.deepEqual(await source.list(''), []);
  await assert.rejects(source.find('pipe', { follow: true }), /it is a pipe/);
  await assert.rejects(source.find('socket', { follow: true }), /it is a socket/);
});

test('names with line breaks, and names that are not UTF-8, are copied as they are', async (t) => {
  const { folder, source } = await context(t);
  const odd = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0x66, 0xff, 0x0a, 0x22])]);
  await writeFile(odd, 'odd');
  await writeFile(join(folder, 'line\nbreak'), '');
  const [first, second] = await source.list('');
  assert.equal(first?.path, 'f\udcff\n"');
  assert.equal(second?.path, 'line\nbreak');
  assert.equal(await textOf(source, first), 'odd');
  assert.equal((await source.find(first.path, { follow: true }))?.size, 3);
});

test('equal files have one fingerprint wherever they lie; any change of name, mode, content or link changes it', async (t) => {
  const make = async (): Promise<string> => {
    const { folder } = await context(t);
    await writeFile(join(folder, 'a'), 'one');
    await writeFile(join(folder, 'b'), 'two');
    await symlink('a', join(folder, 'c'));
    return folder;
  };
  const of = async (folder: string): Promise<string> => {
    const source = await open(folder);
    return fingerprint(source, await source.list(''));
  };
  const folder = await make();
  const before = await of(folder);
  assert.equal(await of(await make()), before);
  await utimes(join(folder, 'a'), 1, 1);
  await chmod(join(folder, 'a'), 0o666);
  assert.equal(await of(folder), before);
  const seen = new Set([before]);
  const changes: (() => Promise<unknown>)[] = [
    () => writeFile(join(folder, 'a'), 'onE'),
    () => chmod(join(folder, 'a'), 0o755),
    () => rename(join(folder, 'b'), join(folder, 'b2')),
    () => rm(join(folder, 'c')).then(() => symlink('b', join(folder, 'c'))),
    () => rm(join(folder, 'c')).then(() => writeFile(join(folder, 'c'), 'b')),
    () => mkdir(join(folder, 'd')),
    () => writeFile(join(folder, 'e'), ''),
  ];
  for (const [index, change] of changes.entries()) {
    await change();
    const after = await of(folder);
    assert.ok(!seen.has(after), `change ${index}`);
    seen.add(after);
  }
});

test('a file that changes after it went into the key is not copied', async (t) => {
  for (const size of [3, 300_000]) {
    const { folder, source } = await context(t);
    await writeFile(join(folder, 'f'), Buffer.alloc(size, 1));
    const [file] = await source.list('');
    assert.ok(file);
    await fingerprint(source, [file]);
    for (const other of [Buffer.alloc(size, 2), Buffer.alloc(size + 1, 1), Buffer.alloc(size - 1, 1)]) {
      await writeFile(join(folder, 'f'), other);
      await assert.rejects(
        textOf(source, file),
        (error) => isLadingError(error, 'BUILD_INVALID') && /changed while/.test(error.message),
      );
    }
  }
});

test('what cannot be read is an error that names it', async (t) => {
  const { folder, source } = await context(t);
  // Not skipUnless(): where everything runs as root there is nothing to prove.
  if (process.getuid?.() === 0) return t.skip('root reads everything');
  await writeFile(join(folder, 'small'), 'x', { mode: 0 });
  await writeFile(join(folder, 'large'), Buffer.alloc(300_000), { mode: 0 });
  await mkdir(join(folder, 'shut'), { mode: 0 });
  const unreadable = (error: unknown): boolean => isLadingError(error, 'FILE_UNREADABLE');
  try {
    await assert.rejects(source.list('shut'), (error) => unreadable(error) && /"shut"/.test(String(error)));
    await assert.rejects(source.find('shut/x', { follow: true }), unreadable);
    const files = (await source.list('')).filter(({ type }) => type === 'file');
    assert.equal(files.length, 2);
    for (const file of files) await assert.rejects(fingerprint(source, [file]), unreadable);
  } finally {
    await chmod(join(folder, 'shut'), 0o700);
  }
});

test('a path deeper than the system takes is an error that says so', async (t) => {
  const { folder, source } = await context(t);
  const half = Array.from({ length: 10 }, () => 'x'.repeat(250)).join('/');
  await mkdir(join(folder, half), { recursive: true });
  await mkdir(join(folder, 'other', half), { recursive: true });
  await rename(join(folder, 'other'), join(folder, half, 'other'));
  try {
    await assert.rejects(
      async () => {
        let at = '';
        for (let depth = 0; depth < 22; depth++) at = (await source.list(at))[0]?.path ?? '';
      },
      (error) => isLadingError(error, 'FILE_UNREADABLE') && error.message.length < 500,
    );
  } finally {
    // Node cannot remove what it cannot name.
    execFileSync('rm', ['-rf', folder]);
  }
});

test('openLocalContext() refuses what is no folder', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'file'), '');
  await assert.rejects(open(join(folder, 'file')), (error) => isLadingError(error, 'BUILD_INVALID'));
  await assert.rejects(open(join(folder, 'none')), (error) => isLadingError(error, 'FILE_NOT_FOUND'));
});

test('a file that became a link or a pipe since it was listed is neither followed nor waited for, whatever its size', async (t) => {
  const { folder, source } = await context(t);
  const secret = join(folder, '..', 'secret');
  for (const size of [10, 300_000]) {
    await writeFile(secret, 's'.repeat(size));
    for (const replace of [
      (path: string) => symlink(secret, path),
      async (path: string) => void execFileSync('mkfifo', [path]),
    ]) {
      const path = join(folder, 'file');
      await writeFile(path, 'f'.repeat(size));
      const files = await source.list('');
      await rm(path);
      await replace(path);
      await assert.rejects(textOf(source, files[0] as SourceFile), (error) =>
        isLadingError(error, 'FILE_UNREADABLE', 'BUILD_INVALID'),
      );
      await rm(path);
    }
  }
});
