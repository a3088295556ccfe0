import type { IncomingMessage } from 'node:http';
import type { Catalog } from '@lading/catalog';
import type { ContentStore } from '@lading/store';
import type { ServedRequest } from './served-request.ts';

/** Spans of requests, and of what they ask of database and storage. There is none of it where nobody wants traces. */
export interface Tracing {
  begin(request: IncomingMessage): RequestSpan;
  /** The same, with a span for each call. */
  content(content: ContentStore): ContentStore;
  catalog(catalog: Catalog): Catalog;
  /** Sends what was not sent yet. */
  close(): Promise<void>;
}

export interface RequestSpan {
  readonly traceId: string;
  /** What runs in it has it as its parent. */
  run<T>(work: () => Promise<T>): Promise<T>;
  end(served: ServedRequest): void;
}

/** The trace that a caller says the request belongs to (W3C Trace Context §traceparent). */
export function traceIdOf(request: IncomingMessage): string | undefined {
  const given = request.headers.traceparent;
  if (given === undefined) return undefined;
  const [, id] = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/.exec(String(given)) ?? [];
  return id === undefined || /^0+$/.test(id) ? undefined : id;
}
