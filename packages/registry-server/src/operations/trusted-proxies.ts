import { BlockList, isIP } from 'node:net';

/** Whether an address is one of those listed: addresses, and ranges such as `10.0.0.0/8`. The first entry that is neither is given back. */
export function trustedProxies(
  entries: readonly string[],
): { readonly isTrustedProxy: (address: string) => boolean } | { readonly invalid: string } {
  const list = new BlockList();
  for (const entry of entries) {
    const [, address = '', prefix] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(entry) ?? [];
    const version = isIP(address);
    const family = version === 4 ? 'ipv4' : 'ipv6';
    if (version === 0 || Number(prefix ?? 0) > (version === 4 ? 32 : 128)) return { invalid: entry };
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return {
    // An address of IPv4 on a socket of IPv6 reads ::ffff:10.0.0.1; BlockList knows that.
    isTrustedProxy: (address) => list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4'),
  };
}
