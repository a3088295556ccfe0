import { lookup as systemLookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { LadingError } from '@lading/errors';

/** Which hosts may be connected to, for programs that fetch on behalf of others: a registry chooses where its redirects lead. */
export interface AddressOptions {
  /**
   * Refuses every address that is not on the public internet: of this machine, of private networks, link-local (cloud metadata), and those
   * that are reserved. It counts for registries, token servers, redirects and upload locations, and for what names stand for at the moment
   * of connecting. Names that a proxy looks up are the proxy's to refuse.
   */
  readonly denyPrivate?: boolean | undefined;
  /** Hosts that are allowed all the same, each `host[:port]` as in references: the port is that of the scheme unless given. */
  readonly allow?: readonly string[] | undefined;
}

/** Special-purpose ranges that are not globally reachable. IANA special-purpose address registries, RFC 6890 and successors. */
const privateRanges = {
  ipv4: [
    '0.0.0.0/8',
    '10.0.0.0/8',
    '100.64.0.0/10',
    '127.0.0.0/8',
    '169.254.0.0/16',
    '172.16.0.0/12',
    '192.0.0.0/24',
    '192.0.2.0/24',
    '192.88.99.0/24',
    '192.168.0.0/16',
    '198.18.0.0/15',
    '198.51.100.0/24',
    '203.0.113.0/24',
    '224.0.0.0/4',
    '240.0.0.0/4',
  ],
  // Teredo, 6to4 and NAT64 hold IPv4 addresses, which may be private ones.
  ipv6: [
    '::/96',
    '64:ff9b::/96',
    '64:ff9b:1::/48',
    '100::/64',
    '2001::/23',
    '2001:db8::/32',
    '2002::/16',
    '3fff::/20',
    '5f00::/16',
    'fc00::/7',
    'fe80::/10',
    'fec0::/10',
    'ff00::/8',
  ],
} as const;

/** Decides before and at the moment of connecting. */
export class AddressGuard {
  readonly #denied: boolean;
  readonly #allowed: ReadonlySet<string>;

  constructor({ denyPrivate = false, allow = [] }: AddressOptions = {}) {
    this.#denied = denyPrivate;
    this.#allowed = new Set(allow.map((host) => host.toLowerCase()));
  }

  /** Throws ADDRESS_DENIED when the host is an address that is denied. A name passes: what it stands for is the lookup's to check. */
  check(url: URL): void {
    if (!this.#guards(url)) return;
    const host = url.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) !== 0 && isPrivate(host)) throw denied(url.host, host);
  }

  /**
   * Looks names up like the system and refuses those that stand for a denied address, in the same step as connecting, so that a name cannot
   * stand for something else a moment later. Undefined where everything is allowed.
   */
  lookupFor(url: URL): LookupFunction | undefined {
    if (!this.#guards(url)) return undefined;
    return (hostname, options, callback) => {
      systemLookup(hostname, { ...options, all: true }, (error, addresses) => {
        if (error !== null) return callback(error, '', 0);
        const wrong = addresses.find(({ address }) => isPrivate(address));
        if (wrong !== undefined) return callback(denied(url.host, wrong.address), '', 0);
        const [first] = addresses;
        if (options.all === true) callback(null, addresses);
        else callback(null, first?.address ?? '', first?.family ?? 0);
      });
    };
  }

  #guards({ host, hostname, protocol }: URL): boolean {
    if (!this.#denied) return false;
    const port = protocol === 'https:' ? 443 : 80;
    return !this.#allowed.has(host) && !this.#allowed.has(host === hostname ? `${hostname}:${port}` : host);
  }
}

export function isPrivate(address: string): boolean {
  const mapped = mappedAddress(address);
  if (mapped !== undefined) return isPrivate(mapped);
  return isIP(address) === 4 ? blocked().check(address, 'ipv4') : blocked().check(address.split('%')[0] ?? '', 'ipv6');
}

/** The IPv4 address in an IPv4-mapped IPv6 one (`::ffff:0:0/96`), in either of its two forms. */
function mappedAddress(address: string): string | undefined {
  if (isIP(address) !== 6) return undefined;
  const [, high, low] =
    /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(
      new URL(`http://[${address.split('%')[0]}]`).hostname.slice(1, -1),
    ) ?? [];
  if (high === undefined || low === undefined) return undefined;
  const value = Number.parseInt(high, 16) * 65_536 + Number.parseInt(low, 16);
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
}

let list: BlockList | undefined;

function blocked(): BlockList {
  if (list !== undefined) return list;
  list = new BlockList();
  for (const type of ['ipv4', 'ipv6'] as const) {
    for (const range of privateRanges[type]) {
      const [network = '', prefix] = range.split('/');
      list.addSubnet(network, Number(prefix), type);
    }
  }
  return list;
}

function denied(host: string, address: string): LadingError {
  const what = host.replace(/^\[|\](?=:|$)|:\d+$/g, '') === address ? host : `${host}, which is ${address}`;
  return new LadingError('ADDRESS_DENIED', `Cannot connect to ${what}: private addresses are denied here`, {
    hint: 'Whoever runs this program can allow that host by name.',
    details: { host, address },
  });
}
