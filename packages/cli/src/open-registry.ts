import { LadingError } from '@lading/errors';
import type { Reference } from '@lading/oci';
import type { AddressOptions, ConfiguredRegistry, Credentials } from '@lading/registry-client';
import { version } from './version.ts';

/** Options that every command which talks to a registry has. */
export interface RegistryOptions {
  /** Plain HTTP also for hosts other than loopback. */
  readonly plainHttp?: boolean | undefined;
  /** `false`: any certificate, and plain HTTP where there is no TLS. */
  readonly tlsVerify?: boolean | undefined;
  /** A folder of certificates instead of those that the machine has for the registry. */
  readonly certDir?: string | undefined;
  /** A folder in which uploads are noted, so that a push after one that was killed goes on where it stopped. */
  readonly uploadsFolder?: string | undefined;
}

/** Opens the registry of a reference as this machine is set up to use it. The caller closes it. Throws CONFIGURATION_INVALID. */
export function openRegistryOf(reference: Reference, options: RegistryOptions = {}): Promise<ConfiguredRegistry> {
  return openRegistryNamed(reference.registry, options);
}

/** The same by name. Credentials other than the stored ones may be given, to try them. */
export async function openRegistryNamed(
  registry: string,
  {
    plainHttp,
    tlsVerify,
    certDir,
    uploadsFolder,
    credentials,
  }: RegistryOptions & { readonly credentials?: Credentials } = {},
): Promise<ConfiguredRegistry> {
  const { createUploadJournal, openConfiguredRegistry, readCertificates } = await import('@lading/registry-client');
  return openConfiguredRegistry({
    registry,
    plainHttp: plainHttp === true ? true : 'auto',
    userAgent: `lading/${version} (${process.platform}; ${process.arch})`,
    addresses: addressesOf(process.env),
    ...(tlsVerify === false ? { insecure: true } : {}),
    ...(certDir === undefined ? {} : { tls: () => certificatesIn(certDir, readCertificates) }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(uploadsFolder === undefined ? {} : { uploads: createUploadJournal(uploadsFolder) }),
  });
}

async function certificatesIn<T>(folder: string, read: (folder: string) => Promise<T | undefined>): Promise<T> {
  const found = await read(folder);
  if (found !== undefined) return found;
  throw new LadingError('FILE_NOT_FOUND', `Cannot read certificates from ${folder}: there is no such folder`);
}

/** For machines that fetch on behalf of others: LADING_DENY_PRIVATE=1, and LADING_ALLOW_HOSTS with those that are fine all the same. */
function addressesOf({ LADING_DENY_PRIVATE: deny, LADING_ALLOW_HOSTS: hosts = '' }: NodeJS.ProcessEnv): AddressOptions {
  return {
    denyPrivate: deny !== undefined && deny !== '' && deny !== '0',
    allow: hosts.split(/[\s,]+/).filter((host) => host !== ''),
  };
}
