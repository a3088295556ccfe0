import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import type { Client } from './client.ts';
import { layoutDigest } from './registry-view.ts';

const artifactType = 'application/vnd.example.note';

export const regctl: Client = {
  name: 'regctl',
  version: ['version'],
  env: ({ folder }) => ({ REGCTL_CONFIG: `${folder}/regctl.json` }),
  async prepare({ run, host }) {
    await run('registry', 'set', '--tls', 'disabled', '--skip-check', host);
    return undefined;
  },
  operations: {
    login: async ({ run, host, account }) => {
      await run('registry', 'login', '-u', account.name, '-p', account.password, host);
    },
    push: async ({ run, image, repository, path, registry }) => {
      await run('image', 'copy', `ocidir://${image.layout}:v1`, `${repository()}:v1`);
      assert.equal(await registry.digestOf(path(), 'v1'), image.digest);
    },
    tags: async ({ run, repository }) => {
      assert.equal((await run('tag', 'ls', repository())).trim(), 'v1');
    },
    pull: async ({ run, repository, folder, image }) => {
      await run('image', 'copy', `${repository()}:v1`, 'ocidir://pulled:v1');
      assert.equal(await layoutDigest(`${folder}/pulled`), image.digest);
    },
    copy: async ({ run, repository, path, registry, image }) => {
      await run('image', 'copy', `${repository()}:v1`, `${repository()}:v2`);
      assert.equal(await registry.digestOf(path(), 'v2'), image.digest);
    },
    mount: async ({ run, repository, path, registry, image }) => {
      await run('image', 'copy', `${repository()}:v1`, `${repository('other')}:v1`);
      assert.equal(await registry.digestOf(path('other'), 'v1'), image.digest);
      assert.ok(await registry.mounted(path('other')), 'no blob was mounted');
    },
    attach: async ({ run, repository, path, folder, registry, image }) => {
      await writeFile(`${folder}/note.txt`, 'a note');
      await run(
        'artifact',
        'put',
        '--artifact-type',
        artifactType,
        '--subject',
        `${repository()}:v1`,
        '-f',
        'note.txt',
      );
      assert.deepEqual(await registry.referrers(path(), image.digest), [artifactType]);
      assert.match(
        await run('artifact', 'list', '--format={{jsonPretty .}}', `${repository()}:v1`),
        new RegExp(artifactType),
      );
    },
    delete: async ({ run, repository, path, registry, image }) => {
      await run('tag', 'delete', `${repository()}:v2`);
      assert.deepEqual(await registry.tags(path()), ['v1']);
      await run('manifest', 'delete', `${repository()}@${image.digest}`);
      assert.equal(await registry.digestOf(path(), 'v1'), undefined);
    },
  },
};
