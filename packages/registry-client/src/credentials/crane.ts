import { dockerHub } from '../registry-name.ts';
import { craneFile } from './credential-files.ts';
import type { Credentials } from './credentials.ts';
import { fromDockerFile, fromVariable, type KeyRule } from './docker.ts';
import type { Lookup } from './lookup.ts';
import { dockerHubKey, dockerKey } from './registry-key.ts';

/** By this name crane knows Docker Hub. */
const craneHub = 'index.docker.io';

/**
 * What crane would use: docker's rules for the first file that exists, asked for the repository first and then for its registry. Without
 * any file it looks nowhere, not even in DOCKER_AUTH_CONFIG. go-containerregistry, authn.DefaultKeychain.
 */
export async function fromCrane(lookup: Lookup, keyRule: KeyRule = dockerKey): Promise<Credentials | undefined> {
  const path = craneFile(lookup.machine);
  if (path === undefined) return undefined;
  const file = await lookup.file(path);
  const registry = lookup.registry === dockerHub ? craneHub : lookup.registry;
  const keys = [
    ...(lookup.repository === undefined ? [] : [`${registry}/${lookup.repository}`]),
    registry === craneHub ? dockerHubKey : registry,
  ];
  for (const key of keys) {
    const found =
      fromVariable(lookup, key) ?? (file === undefined ? undefined : await fromDockerFile(lookup, file, key, keyRule));
    if (found !== undefined) return found;
  }
  return undefined;
}
