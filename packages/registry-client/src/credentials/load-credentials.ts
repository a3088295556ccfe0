import { canonicalRegistry } from '../registry-name.ts';
import { type ConfigFile, credentialsIn, readConfigFile } from './config-file.ts';
import { credentialFiles } from './credential-files.ts';
import { getFromHelper } from './credential-helper.ts';
import type { Credentials } from './credentials.ts';
import { keyOfRegistry, matchingKeys } from './registry-key.ts';

export interface LoadCredentialsOptions {
  /** A path on the registry: podman can store credentials for parts of a registry. */
  readonly repository?: string | undefined;
  /** Where variables are taken from; this process unless told. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly helperTimeoutMs?: number | undefined;
}

/**
 * What docker or podman would use for a registry: the first of docker's config.json, `REGISTRY_AUTH_FILE`, and podman's two files that
 * has something. In each file a helper of that registry (`credHelpers`) comes first, then the file's `credsStore`, then `auths`.
 * Undefined when nobody ever logged in. Throws CREDENTIALS_INVALID for what is there and cannot be read.
 */
export async function loadCredentials(
  registry: string,
  options: LoadCredentialsOptions = {},
): Promise<Credentials | undefined> {
  const name = canonicalRegistry(registry);
  for (const path of credentialFiles(options.env)) {
    const file = await readConfigFile(path);
    const found = file === undefined ? undefined : await fromFile(file, path, name, options);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function fromFile(
  file: ConfigFile,
  path: string,
  registry: string,
  { repository, env, helperTimeoutMs }: LoadCredentialsOptions,
): Promise<Credentials | undefined> {
  const helperOptions = { env, timeoutMs: helperTimeoutMs };
  for (const key of matchingKeys(Object.keys(file.credHelpers), registry, repository)) {
    const found = await getFromHelper(file.credHelpers[key] ?? '', keyOfRegistry(registry), helperOptions);
    if (found !== undefined) return found;
  }
  const keys = matchingKeys(Object.keys(file.auths), registry, repository);
  // The empty `auths` entries that docker leaves beside a store say which keys the store knows.
  if (file.credsStore !== undefined) {
    for (const key of new Set([keyOfRegistry(registry), ...keys])) {
      const found = await getFromHelper(file.credsStore, key, helperOptions);
      if (found !== undefined) return found;
    }
  }
  for (const key of keys) {
    const found = credentialsIn(file.auths[key], path, key);
    if (found !== undefined) return found;
  }
  return undefined;
}
