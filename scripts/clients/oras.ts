import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import type { Client } from './client.ts';
import { layoutDigest } from './registry-view.ts';

const within = ['cp', '--from-plain-http', '--to-plain-http'];
const artifactType = 'application/vnd.example.note';

export const oras: Client = {
  name: 'oras',
  version: ['version'],
  operations: {
    login: async ({ run, host, account }) => {
      await run('login', '--plain-http', '-u', account.name, '-p', account.password, host);
    },
    push: async ({ run, image, repository, path, registry }) => {
      await run('cp', '--from-oci-layout', '--to-plain-http', `${image.layout}:v1`, `${repository()}:v1`);
      assert.equal(await registry.digestOf(path(), 'v1'), image.digest);
    },
    tags: async ({ run, repository }) => {
      assert.equal((await run('repo', 'tags', '--plain-http', repository())).trim(), 'v1');
    },
    pull: async ({ run, repository, folder, image }) => {
      await run('cp', '--from-plain-http', '--to-oci-layout', `${repository()}:v1`, 'pulled:v1');
      assert.equal(await layoutDigest(`${folder}/pulled`), image.digest);
    },
    copy: async ({ run, repository, path, registry, image }) => {
      await run(...within, `${repository()}:v1`, `${repository()}:v2`);
      assert.equal(await registry.digestOf(path(), 'v2'), image.digest);
    },
    mount: async ({ run, repository, path, registry, image }) => {
      await run(...within, `${repository()}:v1`, `${repository('other')}:v1`);
      assert.equal(await registry.digestOf(path('other'), 'v1'), image.digest);
      assert.ok(await registry.mounted(path('other')), 'no blob was mounted');
    },
    attach: async ({ run, repository, path, folder, registry, image }) => {
      await writeFile(`${folder}/note.txt`, 'a note');
      await run('attach', '--plain-http', '--artifact-type', artifactType, `${repository()}:v1`, 'note.txt');
      assert.deepEqual(await registry.referrers(path(), image.digest), [artifactType]);
      assert.match(
        await run('discover', '--plain-http', '--format=json', `${repository()}:v1`),
        new RegExp(artifactType),
      );
    },
    delete: async ({ run, repository, path, registry, image }) => {
      await run('manifest', 'delete', '--plain-http', '--force', `${repository()}@${image.digest}`);
      assert.equal(await registry.digestOf(path(), 'v1'), undefined);
    },
  },
};
