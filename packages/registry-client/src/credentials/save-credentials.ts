import { canonicalRegistry } from '../registry-name.ts';
import { entryOf, readConfigFile, writeConfigFile } from './config-file.ts';
import { credentialFiles, dockerConfigFile } from './credential-files.ts';
import { eraseFromHelper, type HelperOptions, storeInHelper } from './credential-helper.ts';
import type { Credentials } from './credentials.ts';
import { keyOfRegistry, matchingKeys, parseRegistryKey } from './registry-key.ts';

export interface SaveCredentialsOptions {
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly helperTimeoutMs?: number | undefined;
}

/** Where credentials were put. In a file they are encoded, not encrypted: whoever reads it can use them. */
export type SavedIn =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'helper'; readonly name: string };

/**
 * Stores credentials as `docker login` does: through the helper that docker's config.json names for the registry, else in that file,
 * which is created with mode 0600 when absent and keeps everything else that stands in it. Throws CREDENTIALS_INVALID.
 */
export async function saveCredentials(
  registry: string,
  credentials: Credentials,
  options: SaveCredentialsOptions = {},
): Promise<SavedIn> {
  const name = canonicalRegistry(registry);
  const key = keyOfRegistry(name);
  const path = dockerConfigFile(options.env);
  const file = await readConfigFile(path);
  const helperKey = matchingKeys(Object.keys(file?.credHelpers ?? {}), name, undefined)[0];
  const helper = helperKey === undefined ? file?.credsStore : file?.credHelpers[helperKey];
  if (helper !== undefined) await storeInHelper(helper, key, credentials, helperOptions(options));
  // With a helper docker leaves an empty entry, which tells that there is something in the helper.
  const entry = helper === undefined ? entryOf(credentials) : {};
  await writeConfigFile(path, {
    ...file?.whole,
    auths: { ...withoutRegistry(file?.auths ?? {}, name), [key]: entry },
  });
  return helper === undefined ? { kind: 'file', path } : { kind: 'helper', name: helper };
}

/**
 * Forgets the credentials of a whole registry wherever `loadCredentials()` would find them; those that podman has for single repositories
 * stay. True when there were any.
 */
export async function eraseCredentials(registry: string, options: SaveCredentialsOptions = {}): Promise<boolean> {
  const name = canonicalRegistry(registry);
  let erased = false;
  for (const path of credentialFiles(options.env)) {
    const file = await readConfigFile(path);
    if (file === undefined) continue;
    const helpers = new Set(
      matchingKeys(Object.keys(file.credHelpers), name, undefined).map((key) => file.credHelpers[key]),
    );
    if (file.credsStore !== undefined) helpers.add(file.credsStore);
    for (const helper of helpers) {
      if (helper !== undefined && (await eraseFromHelper(helper, keyOfRegistry(name), helperOptions(options))))
        erased = true;
    }
    const auths = withoutRegistry(file.auths, name);
    if (Object.keys(auths).length === Object.keys(file.auths).length) continue;
    await writeConfigFile(path, { ...file.whole, auths });
    erased = true;
  }
  return erased;
}

function withoutRegistry(auths: Readonly<Record<string, unknown>>, registry: string): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(auths).filter(([key]) => {
      const parsed = parseRegistryKey(key);
      return parsed.registry !== registry || parsed.path !== '';
    }),
  );
}

function helperOptions({ env, helperTimeoutMs }: SaveCredentialsOptions): HelperOptions {
  return { env, timeoutMs: helperTimeoutMs };
}
