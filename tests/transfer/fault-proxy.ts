import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What goes wrong with one request. `after` counts bytes of the body. */
export type Fault =
  | { readonly kind: 'latency'; readonly ms: number }
  /** The connection is reset while the answer comes. */
  | { readonly kind: 'reset-answer'; readonly after: number }
  /** The connection is reset while the request is sent. */
  | { readonly kind: 'reset-request'; readonly after: number }
  /** The answer ends before its announced length, in good order. */
  | { readonly kind: 'truncate'; readonly after: number }
  /** An answer in place of the registry's. */
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string }
  /** The request gets through, its answer does not. */
  | { readonly kind: 'lost-answer' }
  | { readonly kind: 'wrong-bytes'; readonly after: number }
  /** The announced length is wrong by so many bytes. */
  | { readonly kind: 'wrong-length'; readonly by: number }
  /** The answer comes byte by byte. */
  | { readonly kind: 'drip'; readonly ms: number }
  | { readonly kind: 'silence' }
  | { readonly kind: 'garbage' };

export interface FaultProxy {
  /** `127.0.0.1:port` */
  readonly host: string;
  /** Asked for every request; undefined lets it pass. */
  decide: (request: { readonly method: string; readonly path: string }) => Fault | undefined;
  close(): Promise<void>;
}

/** HTTP between a client and a registry, with faults on demand. */
export async function startFaultProxy(upstream: string): Promise<FaultProxy> {
  const [hostname, port] = upstream.split(':');
  const agent = new Agent({ keepAlive: true });
  const server = createServer(async (from, to) => {
    from.on('error', () => {});
    to.on('error', () => {});
    const fault = proxy.decide({ method: from.method ?? '', path: from.url ?? '' });
    if (fault?.kind === 'latency') await sleep(fault.ms);
    if (fault !== undefined && (await answeredHere(fault, from, to))) return;
    const onward = request({ agent, hostname, port, method: from.method, path: from.url, headers: from.headers });
    onward.on('error', () => to.destroy());
    onward.on('response', (answer) => void pass(answer, to, fault).catch(() => to.destroy()));
    to.on('close', () => {
      if (!to.writableFinished) onward.destroy();
    });
    from.on('aborted', () => onward.destroy());
    if (fault?.kind === 'reset-request') resetAfter(from, fault.after);
    from.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: FaultProxy = {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    decide: () => undefined,
    async close() {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}

async function answeredHere(fault: Fault, from: IncomingMessage, to: ServerResponse): Promise<boolean> {
  if (fault.kind === 'status') {
    from.resume();
    to.writeHead(fault.status, {
      'content-type': 'application/json',
      ...(fault.retryAfter === undefined ? {} : { 'retry-after': fault.retryAfter }),
    });
    to.end('{"errors":[{"code":"UNKNOWN","message":"a fault of the test"}]}');
    return true;
  }
  if (fault.kind === 'garbage') {
    from.socket.end('HTTP/9.9 what\r\nis: this\r\n\r\n');
    return true;
  }
  if (fault.kind === 'silence') {
    from.resume();
    return true;
  }
  return false;
}

function resetAfter(from: IncomingMessage, after: number): void {
  let seen = 0;
  from.on('data', (chunk: Buffer) => {
    seen += chunk.length;
    if (seen >= after) reset(from.socket);
  });
  from.on('end', () => {
    if (seen < after) reset(from.socket);
  });
}

async function pass(answer: IncomingMessage, to: ServerResponse, fault: Fault | undefined): Promise<void> {
  if (fault?.kind === 'lost-answer') {
    answer.resume();
    reset(to.socket);
    return;
  }
  const headers = { ...answer.headers };
  if (fault?.kind === 'wrong-length' && headers['content-length'] !== undefined) {
    headers['content-length'] = String(Math.max(0, Number(headers['content-length']) + fault.by));
  }
  to.writeHead(answer.statusCode ?? 502, headers);
  let passed = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    const cut = fault !== undefined && 'after' in fault && passed + chunk.length >= fault.after;
    if (cut && fault.kind === 'reset-answer') return void reset(to.socket);
    if (cut && fault.kind === 'truncate') return void to.socket?.end(chunk.subarray(0, fault.after - passed));
    if (cut && fault.kind === 'wrong-bytes' && passed < fault.after) {
      const at = fault.after - passed - 1;
      chunk[at] = (chunk[at] ?? 0) ^ 1;
    }
    passed += chunk.length;
    if (fault?.kind === 'drip') await drip(chunk, to, fault.ms);
    else if (!to.write(chunk)) await drained(to);
    if (to.destroyed) return;
  }
  if (fault?.kind === 'reset-answer') return void reset(to.socket);
  // A length that was announced too long is never reached.
  if (fault?.kind === 'wrong-length') return void to.socket?.end();
  to.end();
}

async function drip(chunk: Buffer, to: ServerResponse, ms: number): Promise<void> {
  for (let at = 0; at < chunk.length && !to.destroyed; at++) {
    to.write(chunk.subarray(at, at + 1));
    await sleep(ms);
  }
}

function drained(to: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      to.removeListener('drain', done).removeListener('close', done);
      resolve();
    };
    to.on('drain', done).on('close', done);
  });
}

/** A socket that is reset while it ends, or twice, is never closed by Node, whose process then does not end. */
function reset(socket: Socket | null): void {
  if (socket === null || socket.destroyed) return;
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
