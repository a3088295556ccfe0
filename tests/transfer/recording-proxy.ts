import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request and its answer as they passed; figures grow while it goes on. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  /** Request headers. */
  readonly range: string | undefined;
  readonly contentRange: string | undefined;
  requestBytes: number;
  status: number | undefined;
  /** The `Range` of the answer: what an upload holds. */
  holds: string | undefined;
  responseBytes: number;
}

export interface RecordingProxy {
  /** `127.0.0.1:port` */
  readonly host: string;
  /** In the order in which they began. */
  readonly exchanges: Exchange[];
  /** Called with every body chunk that passed, in either direction. */
  onBytes: ((bytes: number) => void) | undefined;
  close(): Promise<void>;
}

/** Passes HTTP on to a server and notes what went by. Whoever breaks off on one side is broken off on the other. */
export async function startRecordingProxy(upstream: string): Promise<RecordingProxy> {
  const [hostname, port] = upstream.split(':');
  const agent = new Agent({ keepAlive: true });
  const exchanges: Exchange[] = [];
  const pass = (from: IncomingMessage, to: ServerResponse): void => {
    const { method = '', url = '', headers } = from;
    const exchange: Exchange = {
      method,
      path: url,
      range: headers.range,
      contentRange: headers['content-range'],
      requestBytes: 0,
      status: undefined,
      holds: undefined,
      responseBytes: 0,
    };
    exchanges.push(exchange);
    const onward = request({ agent, hostname, port, method, path: url, headers });
    onward.on('error', () => to.destroy());
    onward.on('response', (answer) => {
      exchange.status = answer.statusCode;
      exchange.holds = answer.headers.range;
      to.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.on('data', (chunk: Buffer) => {
        exchange.responseBytes += chunk.length;
        proxy.onBytes?.(chunk.length);
      });
      answer.on('error', () => to.destroy());
      answer.on('aborted', () => to.destroy());
      answer.pipe(to);
    });
    from.on('data', (chunk: Buffer) => {
      exchange.requestBytes += chunk.length;
      proxy.onBytes?.(chunk.length);
    });
    to.on('close', () => {
      if (!to.writableFinished) onward.destroy();
    });
    from.on('error', () => onward.destroy());
    from.pipe(onward);
  };
  const server = createServer(pass);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: RecordingProxy = {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    exchanges,
    onBytes: undefined,
    async close() {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}
