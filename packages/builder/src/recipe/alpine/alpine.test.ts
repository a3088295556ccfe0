import assert from 'node:assert/strict';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { collect, fromFile } from '@lading/bytes';
import { compareNames, readTar } from '@lading/tar';
import { runProgram } from '@lading/testkit';
import { SAMPLE_BUILD_TIME } from '../../testing/alpine-archive.ts';
import { realApk } from '../../testing/real-apk.ts';
import { apkWorkbench, listLayer } from '../../testing/recipe-workbench.ts';
import type { RootFilesystem } from '../assemble.ts';

test("Alpine packages become a root file system with busybox's links, accounts and apk's records", async (t) => {
  const bench = await apkWorkbench(t);
  const recipe = await bench.recipe(
    '[alpine-baselayout, server, tool]',
    `accounts: { users: [{ name: app, uid: 1000 }], run-as: app }
volumes: [/data]
`,
  );
  const lock = await bench.lock(recipe);
  assert.equal(lock.epoch, SAMPLE_BUILD_TIME);
  assert.ok(!JSON.stringify(lock).includes('127.0.0.1'), 'the lock must not know the mirror');
  await using root = await bench.assemble(recipe, lock);
  const files = await listLayer(root);
  const line = (path: string): string | undefined => files.get(path)?.line;
  const text = (path: string): string => files.get(path)?.content ?? '';
  assert.deepEqual([...files.keys()], [...files.keys()].toSorted(compareNames));
  assert.equal(line('bin/sh'), 'symlink 777 0:0 -> /bin/busybox');
  assert.equal(line('bin/cat'), 'symlink 777 0:0 -> /bin/busybox');
  assert.equal(line('usr/bin/tool'), 'file 755 0:0', 'a program of a package stays what it is');
  assert.equal(line('usr/bin/tool-too'), 'hardlink 755 0:0 -> usr/bin/tool');
  assert.equal(line('tmp'), 'directory 1777 0:0');
  assert.equal(line('var/lib/server'), 'directory 750 100:100');
  assert.equal(line('home/app'), 'directory 755 1000:1000');
  assert.match(text('etc/passwd'), /^server:x:100:100:server:\/var\/lib\/server:\/sbin\/nologin$/m);
  assert.match(text('etc/group'), /^www-data:x:82:server$/m);
  assert.match(text('etc/shadow'), /^root:\*::0:::::$/m);
  assert.equal(line('etc/shadow'), 'file 640 0:42');
  assert.equal(text('etc/apk/world'), 'alpine-baselayout\nserver\ntool\n');
  assert.equal(text('usr/share/doc/server/README'), 'read me instead\n');
  assert.match(text('lib/apk/db/triggers'), /^Q1\S{28} \/bin \/usr\/bin\n$/);
  assert.deepEqual(root.config.User, 'app');
  assert.deepEqual(root.config.Volumes, { '/data': {} });
  assert.deepEqual(root.platform, { os: 'linux', architecture: 'amd64' });
});

const world = ['alpine-baselayout', 'server', 'tool'];

test('apk itself finds the packages as if it had installed them: what it would write is what is written', async (t) => {
  const apk = await realApk(t);
  if (apk === undefined) return;
  const bench = await apkWorkbench(t);
  const recipe = await bench.recipe(`[${world.join(', ')}]`);
  await using root = await bench.assemble(recipe, await bench.lock(recipe));
  const ours = await unpacked(root, join(bench.folder, 'ours'));
  const theirs = join(bench.folder, 'theirs');
  // apk looks up owners in the accounts that are there; scripts would have made them.
  await mkdir(join(theirs, 'etc'), { recursive: true });
  for (const name of ['passwd', 'group']) await copyFile(join(ours, 'etc', name), join(theirs, 'etc', name));
  const repository = join(bench.folder, 'repository');
  await mkdir(join(repository, 'x86_64'), { recursive: true });
  for (const [path, data] of bench.mirror.files) {
    const [, name] = /^v3\.20\/main\/x86_64\/(.+)$/.exec(path) ?? [];
    if (name !== undefined) await writeFile(join(repository, 'x86_64', name), data);
  }
  const options = ['--initdb', '--arch', 'x86_64', '--keys-dir', bench.keyFolder, '-X', repository];
  const added = await apk(theirs, ...options, '--repositories-file', '/dev/null', '--no-scripts', 'add', ...world);
  assert.equal(added.code, 0, added.stdout + added.stderr);

  const read = (folder: string, path: string): Promise<string> => readFile(join(folder, path), 'latin1');
  const database = async (folder: string): Promise<string[]> =>
    (await read(folder, 'lib/apk/db/installed')).split('\n\n').toSorted();
  assert.deepEqual(await database(ours), await database(theirs));
  for (const path of ['etc/apk/world', 'etc/apk/arch', 'lib/apk/db/triggers']) {
    assert.equal(await read(ours, path), await read(theirs, path), path);
  }
  const scripts = async (folder: string): Promise<string[]> => {
    const found: string[] = [];
    for await (const { path, mode, content } of readTar(fromFile(join(folder, 'lib/apk/db/scripts.tar')))) {
      found.push(`${path} ${mode} ${await collect(content, { maxBytes: 1 << 16, what: path })}`);
    }
    return found.toSorted();
  };
  assert.deepEqual(await scripts(ours), await scripts(theirs));

  const owner = await apk(ours, 'info', '--who-owns', '/usr/share/doc/server/README');
  assert.match(owner.stdout, /is owned by tool-1\.0-r0/);
  const audit = await apk(ours, 'audit', '--system');
  // Links that busybox made, and what is written on top of packages.
  assert.deepEqual(
    audit.stdout.split('\n').filter((line) => line !== '' && !/^A .*(?:bin\/(?:cat|env)|home\/|apk\/)/.test(line)),
    [],
  );
  const removed = await apk(ours, '--repositories-file', '/dev/null', '--no-scripts', 'del', 'tool');
  assert.match(removed.stdout, /Purging tool \(1\.0-r0\)/);
});

async function unpacked(root: RootFilesystem, folder: string): Promise<string> {
  await mkdir(folder);
  for (const [index, layer] of root.layers.entries()) {
    const archive = `${folder}.${index}.tar`;
    await writeFile(archive, layer.tar());
    const result = await runProgram('tar', ['-C', folder, '--numeric-owner', '-xpf', archive]);
    assert.equal(result.code, 0, result.stderr);
  }
  return folder;
}
