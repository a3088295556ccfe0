import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import type { Client } from './client.ts';

const plain = '--plain-http';

export const helm: Client = {
  name: 'helm',
  version: ['version', '--short'],
  env: ({ folder }) => ({
    HELM_CACHE_HOME: `${folder}/cache`,
    HELM_CONFIG_HOME: `${folder}/config`,
    HELM_DATA_HOME: `${folder}/data`,
  }),
  async prepare({ run, folder }) {
    await mkdir(`${folder}/pulled`);
    await run('create', 'chart');
    await run('package', 'chart');
    return undefined;
  },
  operations: {
    login: async ({ run, host, account }) => {
      await run('registry', 'login', plain, '-u', account.name, '-p', account.password, host);
    },
    push: async ({ run, repository, path, registry }) => {
      await run('push', plain, 'chart-0.1.0.tgz', `oci://${repository()}`);
      assert.ok(await registry.digestOf(path('chart'), '0.1.0'));
    },
    pull: async ({ run, repository, folder }) => {
      await run('pull', plain, `oci://${repository('chart')}`, '--version=0.1.0', '--destination=pulled');
      const digest = async (file: string): Promise<string> =>
        createHash('sha256')
          .update(await readFile(`${folder}/${file}`))
          .digest('hex');
      assert.equal(await digest('pulled/chart-0.1.0.tgz'), await digest('chart-0.1.0.tgz'));
    },
  },
};
