import { loadRegistries } from '../configuration/load-registries.ts';
import type { Machine } from '../configuration/machine.ts';
import { canonicalRegistry } from '../registry-name.ts';
import { fromCrane } from './crane.ts';
import { namedFile, podmanFiles } from './credential-files.ts';
import type { Credentials } from './credentials.ts';
import { fromDocker } from './docker.ts';
import { Lookup } from './lookup.ts';
import { fromPodman } from './podman.ts';
import { repositoryKey, wholeRegistryKey } from './registry-key.ts';

export interface LoadCredentialsOptions extends Machine {
  /** A path on the registry: podman can store credentials for parts of a registry. */
  readonly repository?: string | undefined;
  /** Exactly what one program would use, and nothing of what the others know; all three in this order unless told. */
  readonly as?: 'docker' | 'podman' | 'crane' | undefined;
  /** `credential-helpers` of registries.conf; looked up there unless told. */
  readonly credentialHelpers?: readonly string[] | undefined;
  readonly helperTimeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The credentials that this machine has stored for a registry: those that docker would use, else podman's, else crane's; the README tells
 * which files and helpers that means. Undefined when nobody ever logged in. Throws CREDENTIALS_INVALID for what is there and cannot be
 * read or run, and CONFIGURATION_INVALID for a damaged registries.conf.
 */
export async function loadCredentials(
  registry: string,
  options: LoadCredentialsOptions = {},
): Promise<Credentials | undefined> {
  const lookup = new Lookup({
    machine: options,
    registry: canonicalRegistry(registry),
    repository: options.repository,
    helperTimeoutMs: options.helperTimeoutMs,
    signal: options.signal,
  });
  switch (options.as) {
    case 'docker':
      return fromDocker(lookup);
    case 'podman': {
      const named = namedFile(options);
      const files = named.length > 0 ? named : podmanFiles(options);
      return fromPodman(lookup, { helpers: await helpersOf(options), files });
    }
    case 'crane':
      return fromCrane(lookup);
    default:
      return fromAll(lookup, options);
  }
}

/**
 * Where this is more than the three in a row: a key with a path, which docker takes for its whole registry, is for that path alone; and a
 * file that REGISTRY_AUTH_FILE names is looked at first among podman's, not instead of them.
 */
async function fromAll(lookup: Lookup, options: LoadCredentialsOptions): Promise<Credentials | undefined> {
  const { registry, repository } = lookup;
  const found = await fromDocker(
    lookup,
    (keys, wanted) => repositoryKey(keys, registry, repository) ?? wholeRegistryKey(keys, wanted),
  );
  if (found !== undefined) return found;
  const files = [...namedFile(options), ...podmanFiles(options)];
  return (
    (await fromPodman(lookup, { helpers: await helpersOf(options), files })) ??
    (await fromCrane(lookup, wholeRegistryKey))
  );
}

async function helpersOf(options: LoadCredentialsOptions): Promise<readonly string[]> {
  return options.credentialHelpers ?? (await loadRegistries(options)).credentialHelpers;
}
