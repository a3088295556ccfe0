import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { LadingError } from '@lading/errors';
import { refuseHostless, refuseInForm } from './refused-requests.ts';
import type { LoadedTls } from './tls.ts';

export interface ListenerOptions {
  /** Plain HTTP without it. */
  readonly tls?: (LoadedTls & { readonly requireClientCertificate: boolean }) | undefined;
  /** A connection that moves no byte for so long is closed. */
  readonly idleTimeoutMs: number;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A socket that speaks HTTP, from binding it to the end of its last request. */
export interface Listener {
  /** `port` 0 takes a free one. Throws SERVER_LISTEN. */
  listen(address: Address): Promise<Address>;
  /** New connections get this certificate; those that are open keep theirs. */
  renew(tls: LoadedTls): void;
  /** Accepts no more, lets requests end for `graceMs`, then breaks off what is left. True when nothing had to be broken off. */
  drain(graceMs: number): Promise<boolean>;
}

export function createListener(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
  { tls, idleTimeoutMs }: ListenerOptions,
): Listener {
  // A body may take as long as it takes, while bytes come; only the head of a request has to be there in time.
  const options: ServerOptions = {
    requestTimeout: 0,
    headersTimeout: 30_000,
    keepAliveTimeout: 75_000,
    requireHostHeader: false,
  };
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    const refusal = refuseHostless(request);
    if (refusal === undefined) handle(request, response);
    else response.writeHead(refusal.status, refusal.headers).end(refusal.body);
  };
  const server: Server | TlsServer =
    tls === undefined
      ? createServer(options, serve)
      : createTlsServer(
          {
            ...options,
            ...tls.context,
            requestCert: tls.context.ca !== undefined,
            // Otherwise a certificate that nobody vouches for is none: access sees whether it was verified.
            rejectUnauthorized: tls.requireClientCertificate,
          },
          serve,
        );
  // An expectation that nobody knows is left out of account, as RFC 9110 §10.1.1 allows.
  server.on('checkExpectation', serve);
  // Behind the answer to another request Node would put this one into the middle of the next answer.
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (response.socket !== null) response.writeContinue();
    serve(request, response);
  });
  refuseInForm(server);
  server.setTimeout(idleTimeoutMs);
  return {
    listen: (address) => listen(server, address),
    renew(loaded) {
      if ('setSecureContext' in server) server.setSecureContext(loaded.context);
    },
    drain: (graceMs) => drain(server, graceMs),
  };
}

function listen(server: Server, address: Address): Promise<Address> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => {
      const taken = error.code === 'EADDRINUSE';
      reject(
        new LadingError(
          'SERVER_LISTEN',
          `Cannot listen on ${address.host}:${address.port}: ${taken ? 'the port is in use' : error.message}`,
          {
            hint: taken
              ? 'Choose another port, or 0 for any free one.'
              : 'Check the address and your permission to bind it.',
            cause: error,
          },
        ),
      );
    };
    server.once('error', failed);
    server.listen(address.port, address.host, () => {
      server.removeListener('error', failed);
      const bound = server.address() as AddressInfo;
      resolve({ host: bound.address, port: bound.port });
    });
  });
}

async function drain(server: Server, graceMs: number): Promise<boolean> {
  if (!server.listening) return true;
  let whole = true;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => {
    whole = false;
    server.closeAllConnections();
  }, graceMs);
  await closed;
  clearTimeout(timer);
  return whole;
}
