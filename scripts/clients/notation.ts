import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import type { Bench, Client } from './client.ts';

const plain = '--insecure-registry';
const store = 'clients.example.org';
const signed = ({ repository, image }: Bench): string => `${repository()}@${image.digest}`;

/** Who is trusted, and for what: everything that is signed with the certificate made here. */
const trust = {
  version: '1.0',
  trustPolicies: [
    {
      name: 'clients',
      registryScopes: ['*'],
      signatureVerification: { level: 'strict' },
      trustStores: [`ca:${store}`],
      trustedIdentities: ['*'],
    },
  ],
};

/** With a certificate of its own making; signatures are referrers. */
export const notation: Client = {
  name: 'notation',
  version: ['version'],
  env: ({ folder, account }) => ({
    XDG_CONFIG_HOME: `${folder}/config`,
    // It keeps passwords in a keyring of the system or not at all.
    NOTATION_USERNAME: account.name,
    NOTATION_PASSWORD: account.password,
  }),
  async prepare({ run, seed, folder }) {
    await seed('');
    await run('cert', 'generate-test', '--default', store);
    await writeFile(`${folder}/trust.json`, JSON.stringify(trust));
    await run('policy', 'import', '--force', 'trust.json');
    return undefined;
  },
  operations: {
    sign: async (bench) => {
      await bench.run('sign', plain, signed(bench));
      const attached = await bench.registry.referrers(bench.path(), bench.image.digest);
      assert.deepEqual(attached, ['application/vnd.cncf.notary.signature']);
    },
    verify: async (bench) => {
      await bench.run('verify', plain, signed(bench));
    },
  },
};
