import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

export interface S3Request {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly range: string | undefined;
}

/**
 * `refuse`: the request never arrives. `forget`: it is done and its answer is lost. `cut`: the answer breaks after so many bytes. `delayMs`: it
 * comes later. `status`: this answer comes at once, and the request arrives so much later, or never.
 */
export type Fault = 'none' | 'refuse' | 'forget' | { readonly cut: number } | { readonly delayMs: number } | Premature;

export interface Premature {
  readonly status: number;
  readonly body: string;
  readonly arrivesAfterMs?: number;
}

/** Stands between a store and its service and breaks connections as `decide` says. Its endpoint; it ends with the test. */
export async function startS3Proxy(
  t: TestContext,
  endpoint: string,
  decide: (request: S3Request) => Fault,
): Promise<string> {
  const target = new URL(endpoint);
  const server = createServer((incoming, answer) => {
    const { method = '', url = '', headers } = incoming;
    const fault = decide({ method, path: decodeURIComponent(url), range: headers.range });
    if (fault === 'refuse') return void incoming.socket.destroy();
    if (typeof fault === 'object' && 'status' in fault) {
      const said = fault;
      return void incoming.toArray().then((chunks: Buffer[]) => {
        answer.writeHead(said.status, { 'content-type': 'application/xml' }).end(said.body);
        if (said.arrivesAfterMs === undefined) return;
        setTimeout(() => {
          const late = request({ host: target.hostname, port: target.port, method, path: url, headers });
          late.on('response', (response) => response.resume()).on('error', () => {});
          late.end(Buffer.concat(chunks));
        }, said.arrivesAfterMs);
      });
    }
    // The host is a part of what is signed, so the headers go on as they are.
    const forwarded = request({ host: target.hostname, port: target.port, method, path: url, headers });
    forwarded.on('response', (response) => {
      if (typeof fault === 'string' || 'cut' in fault) pass(response, answer, fault);
      else setTimeout(() => pass(response, answer, 'none'), fault.delayMs);
    });
    forwarded.on('error', () => incoming.socket.destroy());
    incoming.pipe(forwarded);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function pass(
  response: IncomingMessage,
  answer: ServerResponse,
  fault: Exclude<Fault, { delayMs: number } | Premature>,
): void {
  if (fault === 'forget') {
    response.resume().on('end', () => answer.socket?.destroy());
    return;
  }
  answer.writeHead(response.statusCode ?? 500, response.headers);
  if (typeof fault === 'string') return void response.pipe(answer);
  let left = fault.cut;
  response.on('data', (chunk: Buffer) => {
    answer.write(chunk.subarray(0, left), () => {
      if (left <= 0) answer.socket?.destroy();
    });
    left -= chunk.length;
  });
  response.on('end', () => answer.end());
}
