import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzip, tap } from '@lading/bytes';
import { isLadingError } from '@lading/errors';
import { openImage, writeImage } from '@lading/image';
import { Digester, mediaTypes } from '@lading/oci';
import { createMemoryRepository, put } from '@lading/store';
import { compareNames } from '@lading/tar';
import { findProgram, runProgram, skipUnless } from '@lading/testkit';
import { SAMPLE_DATE } from '../testing/package-archive.ts';
import { listLayer, workbench } from '../testing/recipe-workbench.ts';
import { assembleRootfs, type RootFilesystem } from './assemble.ts';
import { archiveSources } from './debian/archive-source.ts';
import { lockFor, lockRecipe } from './lock-recipe.ts';
import { parseRecipe } from './read-recipe.ts';

async function digestOfLayer(root: RootFilesystem): Promise<string> {
  const digester = new Digester();
  for await (const chunk of root.layers[0]!.tar()) digester.update(chunk);
  return digester.digest();
}

const all = '[base-files, base-passwd, dash, app]';

test('a recipe becomes a root file system with a merged /usr, accounts and dpkg records', async (t) => {
  const bench = await workbench(t);
  const recipe = await bench.recipe(
    all,
    `accounts: { users: [{ name: app, uid: 1000, home: /srv/app }], groups: [{ name: extra, gid: 2000, members: [app] }] }
paths:
  - { type: file, path: /bin/start, content: "go", mode: 0755, uid: 1000 }
  - { type: directory, path: /var/run/app, mode: 0700 }
  - { type: symlink, path: /start, target: bin/start }
environment: { A: "1" }
entrypoint: [/usr/bin/app]
user: app
`,
  );
  const lock = await bench.lock(recipe);
  assert.equal(lock.epoch, SAMPLE_DATE);
  assert.ok(!JSON.stringify(lock).includes('127.0.0.1'), 'the lock must not know the mirror');
  await using root = await bench.assemble(recipe, lock);
  const files = await listLayer(root);
  const line = (path: string): string | undefined => files.get(path)?.line;
  assert.deepEqual([...files.keys()], [...files.keys()].toSorted(compareNames));
  assert.equal(line('bin'), 'symlink 777 0:0 -> usr/bin');
  assert.equal(line('lib64'), 'symlink 777 0:0 -> usr/lib64');
  assert.equal(line('usr/bin/sh'), 'symlink 777 0:0 -> dash');
  assert.equal(files.get('usr/lib/x86_64-linux-gnu/libsample.so.1.0')?.content.length, 160_000);
  assert.equal(line('usr/bin/app-too'), 'hardlink 644 0:0 -> usr/bin/app');
  assert.equal(line('etc/alternatives/awk'), 'symlink 777 0:0 -> /usr/bin/mawk');
  assert.equal(line('usr/bin/awk'), 'symlink 777 0:0 -> /etc/alternatives/awk');
  assert.equal(line('tmp'), 'directory 1777 0:0');
  assert.equal(files.get('etc/motd')?.content, 'hello\n');
  assert.equal(line('usr/bin/start'), 'file 755 1000:0');
  assert.equal(line('run/app'), 'directory 700 0:0');
  assert.equal(line('srv/app'), 'directory 755 1000:1000');
  assert.match(files.get('etc/passwd')?.content ?? '', /^app:x:1000:1000::\/srv\/app:\/usr\/sbin\/nologin$/m);
  assert.match(files.get('etc/group')?.content ?? '', /^extra:x:2000:app$/m);
  assert.equal(line('etc/shadow'), 'file 640 0:42');
  const status = files.get('var/lib/dpkg/status')?.content ?? '';
  assert.match(status, /^Package: app\nStatus: install ok installed\n/m);
  assert.match(status, /^Conffiles:\n \/etc\/debian_version [0-9a-f]{32}$/m);
  assert.ok(files.has('var/lib/dpkg/info/libsample1:amd64.list'));
  assert.match(files.get('var/lib/dpkg/info/dash.list')?.content ?? '', /^\/bin\/dash$/m);
  assert.deepEqual(root.config, {
    User: 'app',
    Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'A=1'],
    Entrypoint: ['/usr/bin/app'],
  });
  assert.deepEqual(root.platform, { os: 'linux', architecture: 'amd64' });
});

test('dpkg itself finds the packages installed and their files as they were shipped', async (t) => {
  const dpkg = findProgram('dpkg');
  if (!skipUnless(t, dpkg !== undefined, 'dpkg is not installed') || dpkg === undefined) return;
  const bench = await workbench(t);
  const recipe = await bench.recipe(all);
  await using root = await bench.assemble(recipe, await bench.lock(recipe));
  const folder = join(bench.folder, 'root');
  await mkdir(folder);
  await writeFile(join(bench.folder, 'root.tar'), root.layers[0]!.tar());
  const unpacked = await runProgram('tar', ['-C', folder, '--no-same-owner', '-xpf', join(bench.folder, 'root.tar')]);
  assert.equal(unpacked.code, 0, unpacked.stderr);
  const format = `${['binary:Package', 'Version', 'db:Status-Abbrev'].map((name) => `\${${name}}`).join(' ')}\n`;
  const shown = await runProgram('dpkg-query', [`--root=${folder}`, '-W', '-f', format]);
  assert.match(shown.stdout, /^app 1:2\.0\+b1-3~x ii $/m);
  assert.match(shown.stdout, /^libsample1:amd64 1\.0-1 ii $/m);
  assert.equal((await runProgram('dpkg-query', [`--root=${folder}`, '-S', '/bin/dash'])).stdout, 'dash: /bin/dash\n');
  for (const check of ['--audit', '--verify']) {
    const result = await runProgram(dpkg, [`--root=${folder}`, check]);
    assert.equal(result.stdout + result.stderr, '', check);
  }
});

test('distroless leaves out shells, tools and documentation, and keeps copyright and package records', async (t) => {
  const bench = await workbench(t);
  const recipe = await bench.recipe('[base-files, base-passwd, app]', 'variant: distroless\n');
  await using root = await bench.assemble(recipe, await bench.lock(recipe));
  const files = await listLayer(root);
  assert.deepEqual(
    root.packages.map((one) => one.name),
    ['app', 'base-files', 'base-passwd', 'libsample1'],
  );
  assert.ok(files.has('usr/share/doc/base-files/copyright') && files.has('var/lib/dpkg/status.d/app'));
  for (const path of [
    'usr/bin/sh',
    'usr/bin/awk',
    'usr/share/doc/base-files/README',
    'usr/share/locale',
    'var/lib/dpkg/status',
  ]) {
    assert.ok(!files.has(path), path);
  }
  const withShell = await bench.recipe('[base-files, app]', 'variant: distroless\nshell: true\n');
  await using other = await bench.assemble(withShell, await bench.lock(withShell));
  const names = [...(await listLayer(other)).keys()];
  assert.ok(names.includes('usr/bin/sh') && !names.includes('usr/bin/dpkg'));
});

test('one lock gives the same bytes with one worker and six, in another folder, with another umask', async (t) => {
  const first = await workbench(t);
  const recipe = await first.recipe(all);
  const lock = await first.lock(recipe);
  const umask = process.umask();
  const digests = new Set<string>();
  try {
    for (const [mask, concurrency] of [
      [0o022, 1],
      [0o077, 6],
      [0o000, 2],
    ] as const) {
      process.umask(mask);
      const cacheFolder = join(first.folder, `cache-${mask}`);
      await using root = await first.assemble(recipe, lock, { concurrency, cacheFolder });
      digests.add(await digestOfLayer(root));
      digests.add(await digestOfLayer(root));
    }
  } finally {
    process.umask(umask);
  }
  assert.equal(digests.size, 1);
  await using other = await first.assemble(recipe, lock, { epoch: 1_500_000_000 });
  assert.ok(!digests.has(await digestOfLayer(other)), 'the epoch is an input');
});

test('lockFor() keeps a lock that answers the recipe; then a second build needs no network', async (t) => {
  const bench = await workbench(t);
  const path = join(bench.folder, 'image.lock');
  const options = { cacheFolder: bench.cacheFolder, retryDelaysMs: [] };
  const recipe = await bench.recipe('[app]');
  await assert.rejects(lockFor(recipe, path, 'require', options), (error) => isLadingError(error, 'RECIPE_INVALID'));
  const { lock, outcome } = await lockFor(recipe, path, 'use', options);
  assert.equal(outcome, 'created');
  await (await bench.assemble(recipe, lock)).close();
  await bench.mirror.stop();
  const again = await lockFor(recipe, path, 'require', options);
  assert.equal(again.outcome, 'kept');
  await (await bench.assemble(recipe, again.lock)).close();
  const changed = await bench.recipe('[app, dash]');
  await assert.rejects(lockFor(changed, path, 'require', options), /has changed since it was written/);
  assert.deepEqual(await bench.leftovers(), []);
});

test('a root file system becomes an image', async (t) => {
  const bench = await workbench(t);
  const recipe = await bench.recipe('[app]', 'annotations: { org.example.a: b }\n');
  await using root = await bench.assemble(recipe, await bench.lock(recipe));
  const repository = createMemoryRepository('sample');
  const diff = new Digester();
  const [layer] = root.layers;
  const packed = gzip(tap(layer!.tar(), (chunk) => void diff.update(chunk)));
  const blob = await put(repository.content, packed, { mediaType: mediaTypes.ociLayerGzip });
  const created = new Date(root.created * 1000).toISOString();
  const descriptor = await writeImage(repository, {
    config: {
      created,
      ...root.platform,
      config: root.config,
      rootfs: { type: 'layers', diff_ids: [diff.digest()] },
      history: [{ created, created_by: layer!.createdBy }],
    },
    layers: [{ ...blob, mediaType: mediaTypes.ociLayerGzip }],
    annotations: root.annotations,
  });
  const image = await openImage(repository, descriptor.digest);
  assert.equal(image.layers.length, 1);
  assert.equal(image.layers[0]?.diffId, await digestOfLayer(root));
});

test('of two packages with one file, the one that replaces the other wins, whatever the order', async (t) => {
  const bench = await workbench(t, [
    { name: 'aaa', fields: ['Replaces: bbb (<< 2)'], files: { 'usr/bin/tool': 'from aaa', 'usr/share/same': 'x' } },
    { name: 'bbb', files: { 'usr/bin/tool': 'from bbb', 'bin/both': 'b', 'usr/share/same': 'x' } },
    { name: 'ccc', fields: ['Replaces: bbb'], files: { 'usr/bin/both': 'c' } },
    { name: 'ddd', files: { 'usr/bin/tool': 'from ddd' } },
  ]);
  const recipe = await bench.recipe('[aaa, bbb, ccc]');
  const root = await bench.assemble(recipe, await bench.lock(recipe));
  const files = await listLayer(root);
  assert.equal(files.get('usr/bin/tool')?.content, 'from aaa');
  assert.equal(files.get('usr/bin/both')?.content, 'c');
  assert.doesNotMatch(files.get('var/lib/dpkg/info/bbb.list')?.content ?? '', /tool|both/);
  await root.close();
  const clash = await bench.recipe('[bbb, ddd]');
  const lock = await bench.lock(clash);
  await assert.rejects(
    bench.assemble(clash, lock),
    (error) =>
      isLadingError(error, 'PACKAGE_INVALID') &&
      /ddd 1\.0-1 together with bbb 1\.0-1: both bring \/usr\/bin\/tool/.test(error.message),
  );
  assert.deepEqual(await bench.leftovers(), []);
});

test('links in packages lead nowhere outside, and paths that do are refused', async (t) => {
  const bench = await workbench(t, [
    { name: 'aaa', files: { 'usr/share/out': { type: 'symlink', mode: 0o777, linkPath: '../../../../../etc' } } },
    { name: 'bbb', files: { 'usr/share/out/passwd2': 'inside' } },
    {
      name: 'loop',
      files: {
        'usr/a': { type: 'symlink', mode: 0o777, linkPath: 'b' },
        'usr/b': { type: 'symlink', mode: 0o777, linkPath: 'a' },
      },
    },
    { name: 'loop-user', files: { 'usr/a/file': 'x' } },
  ]);
  const recipe = await bench.recipe('[aaa, bbb]');
  await using root = await bench.assemble(recipe, await bench.lock(recipe));
  assert.equal((await listLayer(root)).get('etc/passwd2')?.content, 'inside');
  const loop = await bench.recipe('[loop, loop-user]');
  const lock = await bench.lock(loop);
  await assert.rejects(bench.assemble(loop, lock), /symlinks form a loop/);
});

test('accounts that contradict each other, and a user who does not exist, are refused', async (t) => {
  const bench = await workbench(t);
  for (const [more, fault] of [
    ['accounts: { users: [{ name: www-data, uid: 5000 }] }', 'in the way of www-data'],
    ['accounts: { groups: [{ name: g, gid: 33 }] }', 'in the way of www-data'],
    ['accounts: { groups: [{ name: g, gid: 5000, members: [nobody-here] }] }', 'who does not exist'],
    ['user: nobody-here', 'is not an account of the image'],
  ] as const) {
    const recipe = await bench.recipe('[base-passwd]', `${more}\n`);
    const lock = await bench.lock(recipe);
    await assert.rejects(
      bench.assemble(recipe, lock),
      (error) => isLadingError(error, 'RECIPE_INVALID') && error.message.includes(fault),
      fault,
    );
  }
});

test('the archive that this machine is configured with is verified, resolved and built from', async (t) => {
  const bench = await workbench(t, []);
  const recipe = await parseRecipe(
    'distro: debian\nsuite: bookworm\nvariant: distroless\nshell: true\npackages: [base-files, dash]\n',
  );
  const options = { cacheFolder: bench.cacheFolder, retryDelaysMs: [200], idleTimeoutMs: 10_000 };
  const lock = await archiveSources(recipe)
    .then(() => lockRecipe(recipe, options))
    .catch((error: unknown) => {
      if (isLadingError(error, 'MIRROR_UNREACHABLE')) return undefined;
      throw error;
    });
  if (!skipUnless(t, lock !== undefined, 'apt is not configured with bookworm here, or its mirror is out of reach'))
    return;
  if (lock === undefined) return;
  await using root = await assembleRootfs(recipe, lock, options);
  const files = await listLayer(root);
  assert.ok(files.get('usr/bin/dash')?.content.startsWith('\u007fELF'));
  assert.match(files.get('usr/lib/os-release')?.content ?? '', /^VERSION_CODENAME=bookworm$/m);
  assert.ok(!files.has('usr/bin/dpkg'));
});
