import assert from 'node:assert/strict';
import type { Client } from './client.ts';
import { layoutDigest } from './registry-view.ts';

/** Our own, held to the same. */
export const lading: Client = {
  name: 'lading',
  version: ['--version'],
  env: ({ folder }) => ({ LADING_HOME: `${folder}/home` }),
  operations: {
    login: async ({ input, host, account }) => {
      await input(account.password, 'login', host, '--username', account.name, '--password-stdin');
    },
    push: async ({ run, image, repository, path, registry }) => {
      await run('copy', `oci:${image.layout}:v1`, `${repository()}:v1`);
      assert.equal(await registry.digestOf(path(), 'v1'), image.digest);
    },
    pull: async ({ run, repository, folder, image }) => {
      await run('copy', `${repository()}:v1`, 'oci:pulled:v1');
      assert.equal(await layoutDigest(`${folder}/pulled`), image.digest);
    },
    copy: async ({ run, repository, path, registry, image }) => {
      await run('copy', `${repository()}:v1`, `${repository()}:v2`);
      assert.equal(await registry.digestOf(path(), 'v2'), image.digest);
    },
    mount: async ({ run, repository, path, registry, image }) => {
      await run('copy', `${repository()}:v1`, `${repository('other')}:v1`);
      assert.equal(await registry.digestOf(path('other'), 'v1'), image.digest);
      assert.ok(await registry.mounted(path('other')), 'no blob was mounted');
    },
  },
};
