import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareNames } from '@lading/tar';
import { SAMPLE_BUILD_TIME } from '../../testing/alpine-archive.ts';
import { alpineWorkbench, listLayer } from '../../testing/recipe-workbench.ts';

test("Alpine packages become a root file system with busybox's links, accounts and apk's records", async (t) => {
  const bench = await alpineWorkbench(t);
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
