import { LadingError } from '@lading/errors';
import { isRegistryName } from '@lading/oci';

/** The name of Docker Hub in references. */
export const dockerHub = 'docker.io';
/** Where Docker Hub answers the distribution protocol. */
const dockerHubHost = 'registry-1.docker.io';
const dockerHubNames: ReadonlySet<string> = new Set([dockerHub, 'index.docker.io', dockerHubHost]);

/** The name under which a registry is known: Docker Hub has several hosts, all others are their host and port. */
export function canonicalRegistry(name: string): string {
  if (!isRegistryName(name)) {
    throw new LadingError('REFERENCE_INVALID', `Cannot open registry "${name.slice(0, 200)}": it is not a host`, {
      hint: 'A registry is a host with an optional port, without scheme or path: registry.example.org:5000.',
    });
  }
  const lower = name.toLowerCase();
  return dockerHubNames.has(lower) ? dockerHub : lower;
}

/** Host and port to connect to. */
export function hostOf(registry: string): string {
  return registry === dockerHub ? dockerHubHost : registry;
}

/** Docker Hub keeps official images under `library/`; elsewhere a name is taken as it is. */
export function repositoryPath(registry: string, name: string): string {
  return registry === dockerHub && !name.includes('/') ? `library/${name}` : name;
}

/** This machine: `localhost`, names under it, 127.0.0.0/8 and ::1. Plain HTTP to it leaves nothing on a wire. */
export function isLoopback(registry: string): boolean {
  const host = registry.replace(/:\d+$/, '').toLowerCase();
  if (host === 'localhost' || host.endsWith('.localhost')) return true;
  if (host === '[::1]' || host === '[0:0:0:0:0:0:0:1]') return true;
  return /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}
