import { connect as connectTcp, type LookupFunction, type Socket } from 'node:net';
import { interrupted, throwIfAborted } from '@lading/errors';
import { HttpFailure } from './http-failure.ts';
import { endOfHead, parseHead } from './response-head.ts';
import { SocketReader } from './socket-reader.ts';

/** What TLS needs to know, in the form that node:tls takes. */
export interface TlsSettings {
  readonly ca?: readonly string[] | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly rejectUnauthorized?: boolean | undefined;
}

export interface DialOptions {
  /** To connect, TLS and proxy included. */
  readonly timeoutMs: number;
  readonly tls: TlsSettings;
  /** The proxy on the way to an origin, or undefined for none. */
  readonly proxyFor: (origin: URL) => URL | undefined;
  /** Looks host names up instead of the system. */
  readonly lookup?: LookupFunction | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Dialed {
  readonly socket: Socket;
  readonly reader: SocketReader;
}

/** Connects to an origin, directly or through a tunnel of its proxy. Throws INTERRUPTED, HttpFailure, or the socket's error. */
export async function dial(origin: URL, options: DialOptions): Promise<Dialed> {
  const { timeoutMs, signal } = options;
  throwIfAborted(signal);
  const timeout = AbortSignal.timeout(timeoutMs);
  const ends = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  try {
    const proxy = options.proxyFor(origin);
    if (proxy === undefined) return await open(origin, options, ends);
    return await tunnel(origin, proxy, options, ends);
  } catch (error) {
    if (signal?.aborted) throw interrupted(signal);
    if (timeout.aborted) throw new HttpFailure('HTTP_CONNECT_TIMEOUT', `no connection in ${timeoutMs} ms`);
    throw error;
  }
}

async function open(to: URL, { tls, lookup }: DialOptions, ends: AbortSignal): Promise<Dialed> {
  const reader = new SocketReader();
  const address = { ...addressOf(to), ...(lookup === undefined ? {} : { lookup }), onread: reader.onread };
  if (to.protocol === 'http:') {
    return { socket: await opened(connectTcp(address), 'connect', reader, true, ends), reader };
  }
  const { connect } = await import('node:tls');
  const socket = connect({ ...address, ...settings(to, tls) });
  return { socket: await opened(socket, 'secureConnect', reader, true, ends), reader };
}

/** RFC 9110 §9.3.6. */
async function tunnel(origin: URL, proxy: URL, options: DialOptions, ends: AbortSignal): Promise<Dialed> {
  const plain = origin.protocol === 'http:';
  const reader = new SocketReader();
  const { connect } = await import('node:tls');
  const direct = plain && proxy.protocol === 'http:';
  const address = { ...addressOf(proxy), ...(direct ? { onread: reader.onread } : {}) };
  const secure = proxy.protocol === 'https:';
  const socket = secure ? connect({ ...address, ...settings(proxy, options.tls) }) : connectTcp(address);
  await opened(socket, secure ? 'secureConnect' : 'connect', reader, direct, ends);
  const { host, port } = addressOf(origin);
  const target = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const authorization = proxyAuthorization(proxy);
  const asked = `CONNECT ${target} HTTP/1.1\r\nhost: ${target}\r\n${authorization}\r\n`;
  const onEnd = (): void => {
    socket.destroy();
  };
  ends.addEventListener('abort', onEnd, { once: true });
  try {
    socket.write(asked);
    await establish(reader, proxy);
    if (plain) return { socket, reader };
    const inner = new SocketReader();
    const inside = connect({ socket, ...settings(origin, options.tls) });
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

function settings({ hostname }: URL, { ca, cert, key, rejectUnauthorized }: TlsSettings): object {
  const named = !/^\[|^[\d.]+$/.test(hostname);
  return {
    ALPNProtocols: ['http/1.1'],
    // An address is no server name: RFC 6066 §3.
    ...(named ? { servername: hostname } : {}),
    ...(ca === undefined ? {} : { ca: [...ca] }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
  };
}

function proxyAuthorization({ username, password }: URL): string {
  if (username === '' && password === '') return '';
  const pair = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
  return `proxy-authorization: Basic ${pair}\r\n`;
}
