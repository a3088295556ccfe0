import assert from 'node:assert/strict';
import type { Bench, Client } from './client.ts';
import { layoutDigest } from './registry-view.ts';

const plain = '--tls-verify=false';
const copy = (bench: Bench, from: string, to: string): Promise<string> =>
  bench.run('--insecure-policy', 'copy', '--all', '--src-tls-verify=false', '--dest-tls-verify=false', from, to);

export const skopeo: Client = {
  name: 'skopeo',
  version: ['--version'],
  env: ({ folder }) => ({ REGISTRY_AUTH_FILE: `${folder}/auth.json`, TMPDIR: folder }),
  operations: {
    login: async ({ run, host, account }) => {
      await run('login', plain, '-u', account.name, '-p', account.password, host);
    },
    push: async (bench) => {
      await copy(bench, `oci:${bench.image.layout}:v1`, `docker://${bench.repository()}:v1`);
      assert.equal(await bench.registry.digestOf(bench.path(), 'v1'), bench.image.digest);
    },
    tags: async ({ run, repository }) => {
      const { Tags } = JSON.parse(await run('list-tags', plain, `docker://${repository()}`)) as { Tags: string[] };
      assert.deepEqual(Tags, ['v1']);
    },
    pull: async (bench) => {
      await copy(bench, `docker://${bench.repository()}:v1`, 'oci:pulled:v1');
      assert.equal(await layoutDigest(`${bench.folder}/pulled`), bench.image.digest);
    },
    copy: async (bench) => {
      await copy(bench, `docker://${bench.repository()}:v1`, `docker://${bench.repository()}:v2`);
      assert.equal(await bench.registry.digestOf(bench.path(), 'v2'), bench.image.digest);
    },
    mount: async (bench) => {
      await copy(bench, `docker://${bench.repository()}:v1`, `docker://${bench.repository('other')}:v1`);
      assert.equal(await bench.registry.digestOf(bench.path('other'), 'v1'), bench.image.digest);
      assert.ok(await bench.registry.mounted(bench.path('other')), 'no blob was mounted');
    },
    delete: async ({ run, repository, registry, path }) => {
      await run('delete', plain, `docker://${repository()}:v2`);
      assert.deepEqual(await registry.tags(path()), []);
    },
  },
};
