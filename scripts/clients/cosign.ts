import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import type { Bench, Client } from './client.ts';

const insecure = '--allow-http-registry';
const signed = ({ repository, image }: Bench): string => `${repository()}@${image.digest}`;

/** With a local pair of keys, and without a log of signatures: nothing but the registry is asked. */
export const cosign: Client = {
  name: 'cosign',
  version: ['version'],
  env: () => ({ COSIGN_PASSWORD: '', COSIGN_EXPERIMENTAL: '1' }),
  async prepare({ run, seed }) {
    await seed('');
    await run('generate-key-pair');
    return undefined;
  },
  operations: {
    login: async ({ run, host, account }) => {
      await run('login', '-u', account.name, '-p', account.password, host);
    },
    sign: async (bench) => {
      const { run, registry, path, image } = bench;
      await run('sign', '--yes', '--key=cosign.key', '--tlog-upload=false', insecure, signed(bench));
      assert.ok((await registry.tags(path())).includes(`${image.digest.replace(':', '-')}.sig`));
    },
    verify: async (bench) => {
      await bench.run('verify', '--key=cosign.pub', '--insecure-ignore-tlog=true', insecure, signed(bench));
    },
    attest: async (bench) => {
      await writeFile(`${bench.folder}/predicate.json`, '{"note":"made for a test"}');
      const what = ['--type=custom', insecure];
      const predicate = '--predicate=predicate.json';
      await bench.run('attest', '--yes', '--key=cosign.key', '--tlog-upload=false', predicate, ...what, signed(bench));
      await bench.run('verify-attestation', '--key=cosign.pub', '--insecure-ignore-tlog=true', ...what, signed(bench));
    },
    attach: async (bench) => {
      const how = ['--tlog-upload=false', '--registry-referrers-mode=oci-1-1', insecure];
      await bench.run('sign', '--yes', '--key=cosign.key', ...how, signed(bench));
      const attached = await bench.registry.referrers(bench.path(), bench.image.digest);
      assert.deepEqual(attached, ['application/vnd.dev.cosign.artifact.sig.v1+json']);
    },
    delete: async (bench) => {
      await bench.run('clean', '--force', '--type=all', insecure, `${bench.repository()}:v1`);
      assert.deepEqual(await bench.registry.tags(bench.path()), ['v1']);
    },
  },
};
