import assert from 'node:assert/strict';
import type { Client } from './client.ts';
import { layoutDigest } from './registry-view.ts';

export const crane: Client = {
  name: 'crane',
  version: ['version'],
  operations: {
    login: async ({ run, host, account }) => {
      await run('auth', 'login', host, '-u', account.name, '-p', account.password);
    },
    push: async ({ run, image, repository, path, registry }) => {
      await run('push', '--insecure', image.layout, `${repository()}:v1`);
      assert.equal(await registry.digestOf(path(), 'v1'), image.digest);
    },
    tags: async ({ run, repository }) => {
      assert.equal((await run('ls', '--insecure', repository())).trim(), 'v1');
    },
    pull: async ({ run, repository, folder, image }) => {
      await run('pull', '--insecure', '--format=oci', `${repository()}:v1`, 'pulled');
      assert.equal(await layoutDigest(`${folder}/pulled`), image.digest);
    },
    copy: async ({ run, repository, path, registry, image }) => {
      await run('copy', '--insecure', `${repository()}:v1`, `${repository()}:v2`);
      assert.equal(await registry.digestOf(path(), 'v2'), image.digest);
    },
    mount: async ({ run, repository, path, registry, image }) => {
      await run('copy', '--insecure', `${repository()}:v1`, `${repository('other')}:v1`);
      assert.equal(await registry.digestOf(path('other'), 'v1'), image.digest);
      assert.ok(await registry.mounted(path('other')), 'no blob was mounted');
    },
    delete: async ({ run, repository, path, registry, image }) => {
      await run('delete', '--insecure', `${repository()}:v2`);
      assert.equal(await registry.digestOf(path(), 'v2'), undefined);
      await run('delete', '--insecure', `${repository()}@${image.digest}`);
      assert.deepEqual(await registry.tags(path()), []);
    },
  },
};
