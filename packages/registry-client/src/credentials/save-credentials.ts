import type { Machine } from '../configuration/machine.ts';
import { canonicalRegistry } from '../registry-name.ts';
import { entryOf, readConfigFile, writeConfigFile } from './config-file.ts';
import { type CredentialFile, dockerConfigFile, namedFile, podmanFiles } from './credential-files.ts';
import { eraseFromHelper, type HelperOptions, storeInHelper } from './credential-helper.ts';
import type { Credentials } from './credentials.ts';
import { isForWhole, keyOfRegistry } from './registry-key.ts';

export interface SaveCredentialsOptions extends Machine {
  readonly helperTimeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
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
  const path = dockerConfigFile(options);
  const file = await readConfigFile({ path });
  const helper = (file?.credHelpers.get(key) ?? file?.credsStore) || undefined;
  if (helper !== undefined) await storeInHelper(helper, key, credentials, helperOptions(options));
  // With a helper docker leaves an empty entry, which tells that there is something in the helper.
  const entry = helper === undefined ? entryOf(credentials) : {};
  await writeConfigFile(path, {
    ...file?.whole,
    auths: { ...withoutRegistry(file?.auths ?? new Map(), name), [key]: entry },
  });
  return helper === undefined ? { kind: 'file', path } : { kind: 'helper', name: helper };
}

/**
 * Forgets the credentials of a whole registry in every file that `loadCredentials()` reads and in the helpers that these name; those for
 * single repositories stay. True when there were any.
 */
export async function eraseCredentials(registry: string, options: SaveCredentialsOptions = {}): Promise<boolean> {
  const name = canonicalRegistry(registry);
  let erased = false;
  for (const each of allFiles(options)) {
    const file = await readConfigFile(each);
    if (file === undefined) continue;
    const keys = new Set([keyOfRegistry(name), name]);
    const helpers = new Set([...keys].flatMap((key) => file.credHelpers.get(key) ?? []));
    if (file.credsStore !== undefined) helpers.add(file.credsStore);
    helpers.delete('');
    for (const helper of helpers) {
      for (const key of keys) erased = (await eraseFromHelper(helper, key, helperOptions(options))) || erased;
    }
    const auths = withoutRegistry(file.auths, name);
    if (Object.keys(auths).length === file.auths.size) continue;
    await writeConfigFile(file.path, each.legacy ? auths : { ...file.whole, auths });
    erased = true;
  }
  return erased;
}

function allFiles(machine: Machine): CredentialFile[] {
  const files = [{ path: dockerConfigFile(machine) }, ...namedFile(machine), ...podmanFiles(machine)];
  return [...new Map(files.map((file) => [file.path, file])).values()];
}

function withoutRegistry(auths: ReadonlyMap<string, unknown>, registry: string): Record<string, unknown> {
  return Object.fromEntries([...auths].filter(([key]) => !isForWhole(registry, key)));
}

function helperOptions({ env, helperTimeoutMs, signal }: SaveCredentialsOptions): HelperOptions {
  return { env, timeoutMs: helperTimeoutMs, signal };
}
