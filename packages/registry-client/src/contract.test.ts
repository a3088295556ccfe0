import { randomUUID } from 'node:crypto';
import { after, type TestContext, test } from 'node:test';
import type { Repository } from '@lading/store';
import { contentStoreContract, referenceStoreContract } from '@lading/store/testing';
import { type DockerRegistry, findProgram, runDockerRegistry, skipUnless } from '@lading/testkit';
import { anonymous, openRegistry } from './index.ts';

const program = findProgram('docker-registry');

// One server for all cases; each has a repository of its own.
let server: Promise<DockerRegistry> | undefined;
after(async () => (await server)?.stop());

async function open(t: TestContext): Promise<Repository> {
  server ??= runDockerRegistry(program ?? '');
  const registry = openRegistry({ registry: (await server).host, credentials: anonymous });
  t.after(() => registry.close());
  return registry.repository(`contract/${randomUUID()}`);
}

const resume = 'an ingest lives in the process that began it';
const adopt = 'the protocol does not tell which uploads a registry has';
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
      'a broken ingest is resumed by its id': resume,
      'what was suspended is adopted by its digest, with all of its bytes': adopt,
      'what broke off and was suspended is adopted with what had arrived': adopt,
      'a suspended write is adopted by one of many': adopt,
      'sha512 content is kept under its sha512 digest': sha512,
      'an algorithm named only at commit is honoured': sha512,
      'list shows what is stored and nothing on its way': noList,
    },
  });
  referenceStoreContract('docker-registry', open, {
    skip: { 'untag removes the tag, never the manifest or its other tags': untag },
  });
}
