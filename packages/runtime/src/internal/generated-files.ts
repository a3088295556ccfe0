import { readFile } from 'node:fs/promises';
import type { ExtraHost, ProcessSpec } from '../process.ts';
import { gatewayOf, nameserverOf } from './private-network.ts';

/** /etc/hosts: this container, and the names that the caller gave. */
export function hostsFile(hostname: string, extra: readonly ExtraHost[], network: ProcessSpec['network']): string {
  const lines = extra.map(
    ({ name, address }) => `${address === 'host-gateway' ? gatewayOf(network) : address}\t${name}\n`,
  );
  return `127.0.0.1\tlocalhost ${hostname}\n::1\tlocalhost ip6-localhost ip6-loopback\n${lines.join('')}`;
}

/** /etc/resolv.conf: this machine's; in a private network with the name server of that, since this machine's may listen on its loopback. */
export async function resolvConf(network: ProcessSpec['network']): Promise<string> {
  if (network === 'none') return '';
  const own = await readFile('/etc/resolv.conf', 'utf8').catch(() => '');
  if (network === 'host') return own;
  const kept = own.split('\n').filter((line) => /^\s*(search|options|domain)\s/.test(line));
  return [`nameserver ${nameserverOf(network)}`, ...kept, ''].join('\n');
}
