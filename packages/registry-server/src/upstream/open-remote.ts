import { readFile } from 'node:fs/promises';
import { anonymous, openRegistry, type Registry, type RegistryOptions } from '@lading/registry-client';
import type { RemoteRegistry } from './remote-registry.ts';

/** The caller closes it. Nothing is sent before the first call. */
export function openRemote(remote: RemoteRegistry, options: Partial<RegistryOptions> = {}): Registry {
  const { registry, plainHttp, credentials: own, authorities } = remote;
  return openRegistry({
    ...options,
    registry,
    credentials: own ?? anonymous,
    ...(plainHttp === undefined ? {} : { plainHttp }),
    ...(authorities === undefined ? {} : { tls: async () => ({ ca: await readFile(authorities, 'utf8') }) }),
  });
}
