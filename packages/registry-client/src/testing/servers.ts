import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer, type ServerOptions } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import type { TLSSocket } from 'node:tls';

export interface Listening {
  readonly port: number;
  readonly host: string;
}

/** An HTTPS server on a free loopback port, closed when the test ends. */
export async function startHttpsServer(
  t: TestContext,
  options: ServerOptions,
  answer: (request: IncomingMessage & { readonly socket: TLSSocket }, response: ServerResponse) => unknown,
): Promise<Listening> {
  const server = createHttpsServer(options, (request, response) =>
    answer(request as IncomingMessage & { readonly socket: TLSSocket }, response),
  ).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { port, host: `127.0.0.1:${port}` };
}

export interface ProxySeen {
  readonly method: string;
  /** `host:port` of a tunnel, the whole URL of a request that is forwarded. */
  readonly target: string;
  readonly authorization: string | undefined;
}

/** A proxy that sends everything to 127.0.0.1, whatever the name; with a password it refuses whoever has no other. */
export async function startProxy(
  t: TestContext,
  password?: string,
): Promise<Listening & { readonly seen: ProxySeen[] }> {
  const seen: ProxySeen[] = [];
  const sockets = new Set<Socket>();
  const isRefused = (request: IncomingMessage): boolean => {
    const authorization = request.headers['proxy-authorization'];
    seen.push({ method: request.method ?? '', target: request.url ?? '', authorization });
    return password !== undefined && authorization !== `Basic ${Buffer.from(password).toString('base64')}`;
  };
  const server = createHttpServer(async (request, response) => {
    if (isRefused(request)) return response.writeHead(407).end();
    const { port, pathname, search } = new URL(request.url ?? '');
    const { authorization = '' } = request.headers;
    const onward = await fetch(`http://127.0.0.1:${port}${pathname}${search}`, {
      method: request.method ?? 'GET',
      headers: { authorization },
    });
    response.writeHead(onward.status, Object.fromEntries(onward.headers));
    return response.end(Buffer.from(await onward.arrayBuffer()));
  });
  server.on('connect', (request, socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    if (isRefused(request)) return socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    const onward = connect(Number(request.url?.split(':')[1]), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connected\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
    sockets.add(onward);
    onward.on('error', () => socket.destroy());
    return undefined;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
    for (const socket of sockets) socket.destroy();
  });
  const { port } = server.address() as AddressInfo;
  return { port, host: `127.0.0.1:${port}`, seen };
}
