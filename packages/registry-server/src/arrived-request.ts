import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Identity } from './access/identity.ts';
import type { Incoming } from './exchange.ts';
import type { Route } from './route.ts';

/** A request whose head has arrived. What most requests never ask for is only made when it is asked for. */
export class ArrivedRequest implements Incoming {
  readonly method: string;
  readonly request: IncomingMessage;
  /** Without the query, and still percent-encoded. */
  readonly path: string;
  route: Route | undefined;
  identity: Identity | undefined;
  readonly #response: ServerResponse;
  #query: URLSearchParams | undefined;
  #signal: AbortSignal | undefined;

  constructor(request: IncomingMessage, response: ServerResponse) {
    const { url = '/', method = 'GET' } = request;
    const mark = url.indexOf('?');
    this.method = method;
    this.request = request;
    this.path = mark < 0 ? url : url.slice(0, mark);
    this.#response = response;
  }

  get query(): URLSearchParams {
    const { url = '/' } = this.request;
    this.#query ??= new URLSearchParams(url.slice(this.path.length + 1));
    return this.#query;
  }

  get signal(): AbortSignal {
    this.#signal ??= this.#watch();
    return this.#signal;
  }

  #watch(): AbortSignal {
    const response = this.#response;
    const controller = new AbortController();
    const closed = (): void => {
      // A response that was sent closes as well: nobody has gone away then.
      if (!response.writableFinished) controller.abort();
    };
    if (response.destroyed) closed();
    else response.once('close', closed);
    return controller.signal;
  }
}
