import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { TLSSocket } from 'node:tls';

/** How requests reach the registry, when something stands before it. */
export interface OriginOptions {
  /** Where clients find the registry, such as `https://registry.example.org`; else what each request itself says. */
  readonly url?: string | undefined;
  /** Whether the peer is a proxy whose `X-Forwarded-…` headers are believed. */
  readonly isTrustedProxy?: ((address: string) => boolean) | undefined;
}

/** Where the client sees the registry: scheme and host, without a slash at the end. */
export function originOf(request: IncomingMessage, { url, isTrustedProxy }: OriginOptions): string {
  if (url !== undefined) return url;
  const believed = isTrustedProxy?.(request.socket.remoteAddress ?? '') ?? false;
  const forwarded = (name: string): string | undefined => (believed ? firstOf(request.headers[name]) : undefined);
  const secure = (request.socket as Partial<TLSSocket>).encrypted === true;
  const scheme = forwarded('x-forwarded-proto') ?? (secure ? 'https' : 'http');
  const host = forwarded('x-forwarded-host') ?? request.headers.host ?? '';
  // It ends up in headers and pages, so nothing but a host passes.
  if (!/^(?:https?)$/.test(scheme) || !/^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/.test(host)) {
    const { localAddress = '127.0.0.1', localPort = 0 } = request.socket;
    return `${secure ? 'https' : 'http'}://${isIP(localAddress) === 6 ? `[${localAddress}]` : localAddress}:${localPort}`;
  }
  return `${scheme}://${host}`;
}

/** Who is at the other end, behind proxies that are believed. */
export function addressOf(request: IncomingMessage, { isTrustedProxy }: OriginOptions): string {
  let address = request.socket.remoteAddress ?? '';
  if (isTrustedProxy === undefined || !isTrustedProxy(address)) return address;
  const hops = String(request.headers['x-forwarded-for'] ?? '').split(',');
  // Each proxy adds the one that it was asked by, so the list is believed from its end, for as long as proxies speak.
  for (let hop = hops.pop()?.trim(); hop !== undefined && isIP(hop) !== 0; hop = hops.pop()?.trim()) {
    address = hop;
    if (!isTrustedProxy(address)) break;
  }
  return address;
}

function firstOf(value: string | readonly string[] | undefined): string | undefined {
  return (typeof value === 'string' ? value : value?.[0])?.split(',')[0]?.trim();
}

/** What one party can be expected to have of the address space: an IPv4 address, or the 64 bits of an IPv6 network (RFC 6177). */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (isIP(address) !== 6) return address;
  const [head = '', tail] = (address.split('%', 1)[0] ?? '').split('::');
  const parts = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const all =
    tail === undefined ? parts : [...parts, ...Array(Math.max(0, 8 - parts.length - last.length)).fill('0'), ...last];
  return `${all
    .slice(0, 4)
    .map((part) => Number.parseInt(part, 16).toString(16))
    .join(':')}::/64`;
}
