import { randomUUID } from 'node:crypto';
import type { TestContext } from 'node:test';
import type { Repository } from '@lading/store';
import { contentStoreContract, referenceStoreContract } from '@lading/store/testing';
import { startDockerRegistry } from '@lading/testkit';
import { anonymous, openRegistry } from './index.ts';

async function open(t: TestContext): Promise<Repository> {
  const server = await startDockerRegistry(t);
  const registry = openRegistry({ registry: server?.host ?? '', credentials: anonymous });
  t.after(() => registry.close());
  return registry.repository(`contract/${randomUUID()}`);
}

const resume = 'an ingest lives in the process that began it';
const sha512 = 'docker-registry 2 stores under sha256 alone';
const noList = 'registries have no list of their content';
const untag = 'docker-registry 2 deletes manifests only';

contentStoreContract('docker-registry', async (t) => (await open(t)).content, {
  skip: {
    'a broken ingest is resumed by its id': resume,
    'sha512 content is kept under its sha512 digest': sha512,
    'an algorithm named only at commit is honoured': sha512,
    'list shows what is stored and nothing on its way': noList,
  },
});
referenceStoreContract('docker-registry', open, {
  skip: { 'untag removes the tag, never the manifest or its other tags': untag },
});
