import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

export interface RequestSeen {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

export interface TestServer {
  /** `127.0.0.1:port`. */
  readonly host: string;
  readonly port: number;
  /** Every request, in the order of arrival. */
  readonly seen: RequestSeen[];
}

/**
 * An HTTP server on a free loopback port that does what `answer` says, faults included; closed with all its connections when the test
 * ends. What `answer` throws is a 500 with its message.
 */
export async function startHttpServer(
  t: Pick<TestContext, 'after'>,
  answer: (request: IncomingMessage, response: ServerResponse) => unknown,
): Promise<TestServer> {
  const seen: RequestSeen[] = [];
  const server = createServer(async (request, response) => {
    seen.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers });
    try {
      await answer(request, response);
    } catch (error) {
      response.statusCode = 500;
      response.end(String(error));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { host: `127.0.0.1:${port}`, port, seen };
}
