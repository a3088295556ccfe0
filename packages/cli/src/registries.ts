import { LadingError } from '@lading/errors';
import { formatReference, isRegistryName, type Reference } from '@lading/oci';
import type { Credentials, Registry } from '@lading/registry-client';
import type { Repository } from '@lading/store';
import type { Command } from 'commander';
import { flagOption, type OptionValues } from './command.ts';
import { version } from './version.ts';

/** Options that every command which talks to a registry has. */
export interface RegistryOptions {
  /** Plain HTTP also for hosts other than loopback. */
  readonly plainHttp?: boolean;
}

/** Declares `--plain-http`. */
export function configureRegistry(command: Command): void {
  command.option('--plain-http', 'without TLS; registries on this machine are asked so anyway');
}

export function registryOptions(options: OptionValues): RegistryOptions {
  return { plainHttp: flagOption(options, 'plainHttp') };
}

/** The registry that was named alone. A scheme and a path, which people copy from a browser, are refused. Throws REFERENCE_INVALID. */
export function registryNamed(name: string): string {
  if (isRegistryName(name)) return name === 'index.docker.io' ? 'docker.io' : name;
  throw new LadingError(
    'REFERENCE_INVALID',
    `Cannot parse registry ${JSON.stringify(name)}: it is not a host with an optional port`,
    {
      hint: 'A registry is written without scheme and path: registry.example.org:5000.',
    },
  );
}

/** Opens the registry of a reference with the credentials that docker and podman would use. The caller closes it. */
export function openRegistryOf(reference: Reference, options: RegistryOptions = {}): Promise<Registry> {
  return openRegistryNamed(reference.registry, options);
}

/** The same by name. Credentials other than the stored ones may be given, to try them. */
export async function openRegistryNamed(
  registry: string,
  { plainHttp, credentials }: RegistryOptions & { readonly credentials?: Credentials } = {},
): Promise<Registry> {
  const { openRegistry } = await import('@lading/registry-client');
  return openRegistry({
    registry,
    plainHttp: plainHttp === true ? true : 'auto',
    userAgent: `lading/${version} (${process.platform}; ${process.arch})`,
    ...(credentials === undefined ? {} : { credentials }),
  });
}

/** Runs `work` with the remote repository of a reference and closes the connections after it. */
export async function withRemote<T>(
  reference: Reference,
  options: RegistryOptions,
  work: (repository: Repository) => Promise<T>,
): Promise<T> {
  const registry = await openRegistryOf(reference, options);
  try {
    return await work(registry.repository(reference.repository));
  } finally {
    await registry.close();
  }
}

/** What to ask a repository for: the digest where the reference has one, else its tag. */
export function targetOf(reference: Reference): string {
  return reference.digest ?? reference.tag ?? formatReference(reference);
}
