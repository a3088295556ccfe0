import { type ConfigFile, podmanEntry } from './config-file.ts';
import type { CredentialFile } from './credential-files.ts';
import type { Credentials } from './credentials.ts';
import type { Lookup } from './lookup.ts';
import { podmanKey } from './registry-key.ts';

/** The name by which `credential-helpers` of registries.conf means the files. containers-registries.conf(5). */
const filesHelper = 'containers-auth.json';

export interface PodmanOptions {
  /** `credential-helpers` of registries.conf; empty for the files alone. */
  readonly helpers: readonly string[];
  /** In the order in which they are read. */
  readonly files: readonly CredentialFile[];
}

/**
 * What podman, skopeo and buildah would use: the first of their files that has something, or, where registries.conf lists
 * `credential-helpers`, the first of those. A helper that fails does not keep the next from being asked. containers-auth.json(5).
 */
export async function fromPodman(lookup: Lookup, { helpers, files }: PodmanOptions): Promise<Credentials | undefined> {
  const failures: unknown[] = [];
  for (const helper of helpers.length === 0 ? [filesHelper] : helpers) {
    try {
      const found =
        helper === filesHelper ? await fromFiles(lookup, files) : await lookup.helper(helper, lookup.registry);
      if (found !== undefined) return found;
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  return undefined;
}

async function fromFiles(lookup: Lookup, files: readonly CredentialFile[]): Promise<Credentials | undefined> {
  for (const each of files) {
    const file = await lookup.file(each);
    const found = file === undefined ? undefined : await fromFile(lookup, file, each.legacy === true);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** `credsStore` is docker's alone. The key that fits best decides for its file, also when its entry is empty. */
async function fromFile(lookup: Lookup, file: ConfigFile, legacy: boolean): Promise<Credentials | undefined> {
  const { registry, repository } = lookup;
  const helper = file.credHelpers.get(registry);
  if (helper !== undefined) return lookup.helper(helper, registry);
  const key = podmanKey([...file.auths.keys()], registry, repository, legacy);
  return key === undefined ? undefined : podmanEntry(file, key);
}
