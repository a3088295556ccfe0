import type { IdMapping } from '../engine/engine.ts';
import type { ProcessSpec } from '../process.ts';

/** The start of a command that runs as root of the mapping: itself, or unshare(1) with a user namespace. */
export function asRoot(mapping: IdMapping): string[] {
  return mapping === 'none' ? [] : ['unshare', ...userNamespace(mapping), '--'];
}

/**
 * The same with namespaces of its own for all but (unless asked) the network. What is mounted in them is gone with the last
 * process; when unshare(1) dies its child, pid 1 of the new pid namespace, dies, and with it every process inside.
 */
export function inContainer(mapping: IdMapping, network: ProcessSpec['network']): string[] {
  return [
    ...['unshare', ...userNamespace(mapping)],
    ...['--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child=KILL', '--uts', '--ipc', '--cgroup'],
    ...(network !== 'host' ? ['--net'] : []),
    '--',
  ];
}

function userNamespace(mapping: IdMapping): string[] {
  switch (mapping) {
    case 'none':
      return [];
    case 'range':
      return ['--user', '--map-root-user', '--map-auto'];
    case 'single':
      return ['--user', '--map-root-user'];
  }
}
