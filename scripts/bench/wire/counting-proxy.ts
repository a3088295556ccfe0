import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A TCP relay on loopback that counts what passes: headers, bodies and everything else that an HTTP connection carries. */
export interface CountingProxy {
  /** `127.0.0.1:port` */
  readonly host: string;
  /** Bytes in both directions since the last call. */
  take(): { readonly received: number; readonly sent: number; readonly requests: number };
  stop(): Promise<void>;
}

export async function startCountingProxy(target: string): Promise<CountingProxy> {
  const [hostname = '', port = ''] = target.split(':');
  let [received, sent, requests] = [0, 0, 0];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on('data', (chunk: Buffer) => {
        if (from === client) {
          sent += chunk.length;
          requests += chunk.toString('latin1').match(/^(GET|HEAD) /gm)?.length ?? 0;
        } else received += chunk.length;
      });
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        // Not destroy(): what came last may still be on its way through here.
        to.end();
      });
      from.pipe(to);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as { port: number }).port}`,
    take() {
      const counts = { received, sent, requests };
      [received, sent, requests] = [0, 0, 0];
      return counts;
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
