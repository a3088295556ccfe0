import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServedRegistry } from '../registry/backend.ts';
import type { Account } from './client.ts';

/** What the registry says itself, for comparison with what a client believes. */
export interface RegistryView {
  /** Of what is there under a tag or digest. */
  digestOf(repository: string, reference: string): Promise<string | undefined>;
  tags(repository: string): Promise<readonly string[]>;
  /** Artifact types of what refers to a digest. */
  referrers(repository: string, digest: string): Promise<readonly string[]>;
  /** Whether a blob was mounted into the repository, rather than sent, as the log says, which may come a little later. */
  mounted(repository: string): Promise<boolean>;
}

export function viewRegistry(served: ServedRegistry, { name, password }: Account): RegistryView {
  const authorization = `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
  const ask = (path: string, method = 'GET'): Promise<Response> =>
    fetch(`http://${served.host}/v2/${path}`, { method, headers: { authorization } });
  return {
    async digestOf(repository, reference) {
      const answer = await ask(`${repository}/manifests/${reference}`, 'HEAD');
      return answer.headers.get('docker-content-digest') ?? undefined;
    },
    async tags(repository) {
      const { tags = [] } = (await (await ask(`${repository}/tags/list`)).json()) as { tags?: string[] };
      return tags;
    },
    async referrers(repository, digest) {
      const answer = await ask(`${repository}/referrers/${digest}`);
      const { manifests } = (await answer.json()) as { manifests: { artifactType: string }[] };
      return manifests.map(({ artifactType }) => artifactType);
    },
    async mounted(repository) {
      const isMount = (line: string): boolean => {
        if (!line.startsWith('{') || !line.endsWith('}')) return false;
        const { method, path, status } = JSON.parse(line) as { method?: string; path?: string; status?: number };
        return method === 'POST' && status === 201 && path === `/v2/${repository}/blobs/uploads/`;
      };
      for (const end = Date.now() + 2000; Date.now() < end; await sleep(20)) {
        if (served.log().split('\n').some(isMount)) return true;
      }
      return false;
    },
  };
}

/** The digest of what an OCI layout holds as `v1`, or at all. */
export async function layoutDigest(folder: string): Promise<string | undefined> {
  interface Entry {
    readonly digest: string;
    readonly annotations?: Readonly<Record<string, string>>;
  }
  const { manifests } = JSON.parse(await readFile(join(folder, 'index.json'), 'utf8')) as { manifests: Entry[] };
  const tagged = manifests.find(({ annotations }) => annotations?.['org.opencontainers.image.ref.name'] === 'v1');
  return (tagged ?? manifests[0])?.digest;
}
