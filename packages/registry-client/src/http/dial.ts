import { connect as connectTcp, type LookupFunction, type Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { interrupted, throwIfAborted } from '@lading/errors';
import { HttpFailure } from './http-failure.ts';
import { endOfHead, parseHead } from './response-head.ts';
import { SocketReader } from './socket-reader.ts';

/** What TLS needs to know, in the form that node:tls takes. */
export interface TlsSettings {
  /** Made once for all connections: reading some hundred authorities takes longer than a handshake. */
  readonly secureContext?: SecureContext | undefined;
  readonly rejectUnauthorized?: boolean | undefined;
}

export interface DialOptions {
  /** To connect, TLS and proxy included. */
  readonly timeoutMs: number;
  /** How to speak TLS with an origin, or with a proxy that does. */
  readonly tlsFor: (origin: URL) => TlsSettings;
  /** The proxy on the way to an origin, or undefined for none. */
  readonly proxyFor: (origin: URL) => URL | undefined;
  /** What looks up the host name of an origin that is reached without a proxy; the system where there is none. */
  readonly lookupFor?: ((origin: URL) => LookupFunction | undefined) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Dialed {
  readonly socket: Socket;
  readonly reader: SocketReader;
}

/** Connects to an origin: directly, through a tunnel of its proxy, or, for plain HTTP, to the proxy itself. Throws INTERRUPTED, HttpFailure, or the socket's error. */
export async function dial(origin: URL, options: DialOptions): Promise<Dialed> {
  const { timeoutMs, signal } = options;
  throwIfAborted(signal);
  const timeout = AbortSignal.timeout(timeoutMs);
  const ends = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  try {
    const proxy = options.proxyFor(origin);
    if (proxy === undefined) return await open(origin, options, ends, options.lookupFor?.(origin));
    if (origin.protocol === 'http:') return await open(proxy, options, ends);
    return await tunnel(origin, proxy, options, ends);
  } catch (error) {
    if (signal?.aborted) throw interrupted(signal);
    if (timeout.aborted) throw new HttpFailure('HTTP_CONNECT_TIMEOUT', `no connection in ${timeoutMs} ms`);
    throw error;
  }
}

async function open(to: URL, { tlsFor }: DialOptions, ends: AbortSignal, lookup?: LookupFunction): Promise<Dialed> {
  const reader = new SocketReader();
  const address = { ...addressOf(to), ...(lookup === undefined ? {} : { lookup }), onread: reader.onread };
  if (to.protocol === 'http:') {
    return { socket: await opened(connectTcp(address), 'connect', reader, true, ends), reader };
  }
  const { connect } = await import('node:tls');
  const socket = connect({ ...address, ...settings(to, tlsFor(to)) });
  return { socket: await opened(socket, 'secureConnect', reader, true, ends), reader };
}

/** RFC 9110 §9.3.6. */
async function tunnel(origin: URL, proxy: URL, options: DialOptions, ends: AbortSignal): Promise<Dialed> {
  const reader = new SocketReader();
  const { connect } = await import('node:tls');
  const address = addressOf(proxy);
  const secure = proxy.protocol === 'https:';
  const socket = secure ? connect({ ...address, ...settings(proxy, options.tlsFor(proxy)) }) : connectTcp(address);
  await opened(socket, secure ? 'secureConnect' : 'connect', reader, false, ends);
  const { host, port } = addressOf(origin);
  const target = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const authorization = proxyAuthorization(proxy);
  const shown = authorization === undefined ? '' : `proxy-authorization: ${authorization}\r\n`;
  const asked = `CONNECT ${target} HTTP/1.1\r\nhost: ${target}\r\n${shown}\r\n`;
  const onEnd = (): void => {
    socket.destroy();
  };
  ends.addEventListener('abort', onEnd, { once: true });
  try {
    socket.write(asked);
    await establish(reader, proxy);
    const inner = new SocketReader();
    const inside = connect({ socket, ...settings(origin, options.tlsFor(origin)) });
    return { socket: await opened(inside, 'secureConnect', inner, false, ends), reader: inner };
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    ends.removeEventListener('abort', onEnd);
  }
}

async function establish(reader: SocketReader, proxy: URL): Promise<void> {
  for (;;) {
    const end = endOfHead(reader.peek());
    if (end !== undefined) {
      const { status } = parseHead(reader.take(end));
      if (status >= 200 && status < 300) return;
      throw new HttpFailure('HTTP_PROXY', `the proxy ${proxy.host} answered HTTP ${status}`);
    }
    const want = reader.available + 1;
    await reader.gather(want, { idleMs: 2 ** 30, bytesPerSecond: 0 });
    if (reader.available < want) throw new HttpFailure('HTTP_PROXY', `the proxy ${proxy.host} closed the connection`);
  }
}

function opened<S extends Socket>(
  socket: S,
  event: 'connect' | 'secureConnect',
  reader: SocketReader,
  direct: boolean,
  ends: AbortSignal,
): Promise<S> {
  reader.attach(socket, { direct });
  return new Promise((resolve, reject) => {
    const onEnd = (): void => {
      socket.destroy();
      reject(ends.reason);
    };
    const clear = (): void => {
      ends.removeEventListener('abort', onEnd);
      socket.removeListener(event, onOpen);
      socket.removeListener('error', onError);
      socket.removeListener('close', onClose);
    };
    const onOpen = (): void => {
      clear();
      resolve(socket);
    };
    const onError = (error: Error): void => {
      clear();
      reject(error);
    };
    const onClose = (): void => {
      clear();
      reject(new HttpFailure('HTTP_CLOSED', 'the peer closed the connection while it was set up'));
    };
    ends.addEventListener('abort', onEnd, { once: true });
    socket.once(event, onOpen).once('error', onError).once('close', onClose);
  });
}

function addressOf({ hostname, port, protocol }: URL): { host: string; port: number } {
  const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  return { host, port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port) };
}

function settings({ hostname }: URL, { secureContext, rejectUnauthorized }: TlsSettings): object {
  const named = !/^\[|^[\d.]+$/.test(hostname);
  return {
    ALPNProtocols: ['http/1.1'],
    // An address is no server name: RFC 6066 §3.
    ...(named ? { servername: hostname } : {}),
    ...(secureContext === undefined ? {} : { secureContext }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
  };
}

/** The value of the header that a proxy wants for the name and password in its URL. RFC 9110 §11.7.2. */
export function proxyAuthorization({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined;
  const pair = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
  return `Basic ${pair}`;
}
