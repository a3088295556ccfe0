import { dockerHub } from '../registry-name.ts';

/** Under this key docker stores the credentials of Docker Hub, and asks helpers for them. */
export const dockerHubKey = 'https://index.docker.io/v1/';

const dockerHubHosts: ReadonlySet<string> = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io']);

/** What a key of `auths` or `credHelpers` stands for. */
export interface RegistryKey {
  /** As in a Reference; `docker.io` for all of Docker Hub's names. */
  readonly registry: string;
  /** The repositories that it is for: this one and all below it; empty for all. Podman writes such keys. */
  readonly path: string;
}

/** Keys were written by many programs over many years: with and without scheme, with `/v1/`, `/v2/`, or a repository path. */
export function parseRegistryKey(key: string): RegistryKey {
  const rest = key.replace(/^https?:\/\//i, '');
  const slash = rest.indexOf('/');
  const host = (slash < 0 ? rest : rest.slice(0, slash)).toLowerCase();
  const path = slash < 0 ? '' : rest.slice(slash + 1).replace(/\/+$/, '');
  const versioned = /^v[12](?:\/|$)/.test(path);
  return {
    registry: dockerHubHosts.has(host) ? dockerHub : host,
    // A path after a scheme is that of an API, not of a repository.
    path: rest !== key || versioned ? '' : path,
  };
}

/** The key to store and to ask helpers with. */
export function keyOfRegistry(registry: string): string {
  return registry === dockerHub ? dockerHubKey : registry;
}

/** The keys that apply, the most specific first; of equals, the one that docker would write. */
export function matchingKeys(keys: Iterable<string>, registry: string, repository: string | undefined): string[] {
  const canonical = keyOfRegistry(registry);
  const matches: { key: string; path: string }[] = [];
  for (const key of keys) {
    const parsed = parseRegistryKey(key);
    if (parsed.registry !== registry) continue;
    const { path } = parsed;
    if (path === '' || repository === path || repository?.startsWith(`${path}/`)) matches.push({ key, path });
  }
  const rank = ({ key, path }: { key: string; path: string }): number => path.length * 2 + (key === canonical ? 1 : 0);
  return matches.sort((a, b) => rank(b) - rank(a)).map(({ key }) => key);
}
