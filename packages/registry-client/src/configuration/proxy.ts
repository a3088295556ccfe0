import { BlockList, isIP } from 'node:net';
import { LadingError } from '@lading/errors';
import { isLoopback } from '../registry-name.ts';
import { type Machine, variable } from './machine.ts';

/**
 * The proxy on the way to an origin, or undefined for none: `HTTPS_PROXY` or `HTTP_PROXY` by the scheme of the origin, unless `NO_PROXY` names
 * its host; each in capitals first, then in lower case. This machine is never reached through a proxy. These are the rules of docker,
 * podman and crane, which take them from Go's httpproxy. Throws CONFIGURATION_INVALID for what is no proxy that can be used.
 */
export function proxyFor(origin: URL, machine: Machine = {}): URL | undefined {
  const either = (name: string): string => variable(machine, name) ?? variable(machine, name.toLowerCase()) ?? '';
  const name = origin.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const text = either(name).trim();
  if (text === '' || isLoopback(origin.host) || isExcluded(origin, either('NO_PROXY'))) return undefined;
  const named = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const proxy = URL.canParse(named) ? new URL(named) : undefined;
  if (proxy?.protocol === 'http:' || proxy?.protocol === 'https:') return proxy;
  // The text is not shown: it may hold a password.
  throw new LadingError(
    'CONFIGURATION_INVALID',
    `Cannot use the proxy that ${name} names: ${proxy === undefined ? 'it is not a URL' : `it is of the kind ${proxy.protocol.slice(0, -1)}`}`,
    { hint: 'A proxy is written http://HOST:PORT or https://HOST:PORT.' },
  );
}

/**
 * `NO_PROXY`: a list of `*`, hosts (with all hosts below them), `.example.org` or `*.example.org` (the hosts below alone), addresses and
 * ranges of addresses (`10.0.0.0/8`); all but ranges with an optional port.
 */
function isExcluded(origin: URL, list: string): boolean {
  const host = hostOf(origin);
  const port = origin.port === '' ? (origin.protocol === 'https:' ? '443' : '80') : origin.port;
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => entry !== '' && (entry === '*' || isNamed(entry, host, port)));
}

function isNamed(entry: string, host: string, port: string): boolean {
  const [, network, prefix] = /^(.+)\/(\d{1,3})$/.exec(entry) ?? [];
  if (network !== undefined) return isInRange(host, network, Number(prefix));
  const [, name = '', only] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(entry) ?? [undefined, entry];
  if (only !== undefined && only !== port) return false;
  const bare = name.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (isIP(bare) !== 0) return isInRange(host, bare, isIP(bare) === 4 ? 32 : 128);
  const below = bare.replace(/^\*?\./, '');
  return host.endsWith(`.${below}`) || (below === bare && host === bare);
}

function isInRange(host: string, network: string, prefix: number): boolean {
  const family = isIP(host);
  if (family === 0 || family !== isIP(network) || prefix > (family === 4 ? 32 : 128)) return false;
  const type = family === 4 ? 'ipv4' : 'ipv6';
  const range = new BlockList();
  range.addSubnet(network, prefix, type);
  return range.check(host, type);
}

/** Without the brackets of IPv6 and the dot that ends a full name. */
function hostOf({ hostname }: URL): string {
  return hostname
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();
}
