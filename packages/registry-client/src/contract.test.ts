import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import type { Repository } from '@lading/store';
import { contentStoreContract, referenceStoreContract } from '@lading/store/testing';
import { type DockerRegistry, findProgram, runDockerRegistry, skipUnless, temporaryFolder } from '@lading/testkit';
import { anonymous, createUploadJournal, openRegistry } from './index.ts';

const program = findProgram('docker-registry');

// One server for all cases; each has a repository of its own.
let server: Promise<DockerRegistry> | undefined;
after(async () => (await server)?.stop());

async function open(t: TestContext): Promise<Repository> {
  server ??= runDockerRegistry(program ?? '');
  const uploads = createUploadJournal(join(await temporaryFolder(t), 'uploads'));
  const registry = openRegistry({ registry: (await server).host, credentials: anonymous, uploads });
  t.after(() => registry.close());
  return registry.repository(`contract/${randomUUID()}`);
}

const sha512 = 'docker-registry 2 stores under sha256 alone';
const noList = 'registries have no list of their content';
const untag = 'docker-registry 2 deletes manifests only';

if (program === undefined) {
  test('the contracts of store hold against docker-registry', (t) => {
    skipUnless(t, false, 'the program docker-registry');
  });
} else {
  contentStoreContract('docker-registry', async (t) => (await open(t)).content, {
    skip: {
      'sha512 content is kept under its sha512 digest': sha512,
      'an algorithm named only at commit is honoured': sha512,
      'an algorithm named at the beginning is what content is hashed with, also when the write is taken up again':
        sha512,
      'list shows what is stored and nothing on its way': noList,
      'what is suspended while it is appended to is adopted when that call has ended, with all that it brought':
        'an upload for which the registry was not asked yet is given up',
    },
  });
  referenceStoreContract('docker-registry', open, {
    skip: { 'untag removes the tag, never the manifest or its other tags': untag },
  });
}
