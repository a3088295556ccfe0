import { dockerHub } from '../registry-name.ts';

/** Under this key docker stores the credentials of Docker Hub, and asks helpers for them. */
export const dockerHubKey = 'https://index.docker.io/v1/';

const dockerHubHosts: ReadonlySet<string> = new Set([dockerHub, 'index.docker.io', 'registry-1.docker.io']);

/** A key of `auths`. Keys were written by many programs over many years. */
interface RegistryKey {
  readonly scheme: boolean;
  readonly host: string;
  /** What follows the host, without slashes at its ends. After a scheme it is that of an API, else one of podman's repositories. */
  readonly path: string;
}

export function parseRegistryKey(key: string): RegistryKey {
  const rest = key.replace(/^https?:\/\//i, '');
  const slash = rest.indexOf('/');
  return {
    scheme: rest !== key,
    host: (slash < 0 ? rest : rest.slice(0, slash)).toLowerCase(),
    path: slash < 0 ? '' : rest.slice(slash + 1).replace(/\/+$/, ''),
  };
}

/** The key to store with and to ask helpers with. */
export function keyOfRegistry(registry: string): string {
  return registry === dockerHub ? dockerHubKey : registry;
}

/** Whether a key stands for a registry as a whole, not for some of its repositories. */
export function isForWhole(registry: string, key: string): boolean {
  return isWhole(key) && registryOf(parseRegistryKey(key).host) === registry;
}

/** Which key docker takes: the same one, else the first on the same host, whatever its path. */
export function dockerKey(keys: readonly string[], wanted: string): string | undefined {
  return keys.find((key) => key === wanted) ?? keys.find((key) => parseRegistryKey(key).host === wanted);
}

/** The same without those that are for some repositories only. */
export function wholeRegistryKey(keys: readonly string[], wanted: string): string | undefined {
  return dockerKey(keys.filter(isWhole), wanted);
}

/** podman's key of the longest path that the repository lies in. */
export function repositoryKey(
  keys: readonly string[],
  registry: string,
  repository: string | undefined,
): string | undefined {
  const byName = new Map<string, string>();
  for (const key of keys) {
    const { scheme, host, path } = parseRegistryKey(key);
    if (!scheme && path !== '') byName.set(`${host}/${path}`, key);
  }
  for (let name = repository ?? ''; name !== ''; name = name.slice(0, Math.max(0, name.lastIndexOf('/')))) {
    const key = byName.get(`${registry}/${name}`);
    if (key !== undefined) return key;
  }
  return undefined;
}

/**
 * Which key podman takes: the most specific of the repository's name; else one for the registry that is written in some other way: with a
 * scheme, or, for Docker Hub, under another of its names. In the `legacy` file there are no paths. containers-auth.json(5).
 */
export function podmanKey(
  keys: readonly string[],
  registry: string,
  repository: string | undefined,
  legacy: boolean,
): string | undefined {
  const specific = legacy ? undefined : repositoryKey(keys, registry, repository);
  if (specific !== undefined) return specific;
  const parsed = keys.map((key) => ({ key, ...parseRegistryKey(key) }));
  const named = parsed.find(({ scheme, host, path }) => !scheme && path === '' && host === registry);
  if (named !== undefined) return named.key;
  const others = parsed.filter(
    ({ scheme, host, path }) => (scheme || legacy || path === '') && registryOf(host) === registry,
  );
  return (others.find(({ key }) => key === keyOfRegistry(registry)) ?? others[0])?.key;
}

function isWhole(key: string): boolean {
  const { scheme, path } = parseRegistryKey(key);
  return scheme || path === '' || /^v[12](?:\/|$)/.test(path);
}

function registryOf(host: string): string {
  return dockerHubHosts.has(host) ? dockerHub : host;
}
