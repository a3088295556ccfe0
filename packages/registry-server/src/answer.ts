import type { ServerResponse } from 'node:http';

/** What a handler answers. Handlers return it, also for refusals; only the server writes to the connection. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | number>>;
  /** Bytes in memory, or something that writes and ends the response itself. */
  readonly body?: Uint8Array | ((response: ServerResponse, signal: AbortSignal) => Promise<void>);
}

/** Error codes of distribution-spec 1.1 §error codes, and those that Docker's registry added and clients know. */
export type ProtocolCode =
  | 'BLOB_UNKNOWN'
  | 'BLOB_UPLOAD_INVALID'
  | 'BLOB_UPLOAD_UNKNOWN'
  | 'DIGEST_INVALID'
  | 'MANIFEST_BLOB_UNKNOWN'
  | 'MANIFEST_INVALID'
  | 'MANIFEST_UNKNOWN'
  | 'NAME_INVALID'
  | 'NAME_UNKNOWN'
  | 'SIZE_INVALID'
  | 'UNAUTHORIZED'
  | 'DENIED'
  | 'UNSUPPORTED'
  | 'TOOMANYREQUESTS'
  | 'PAGINATION_NUMBER_INVALID'
  | 'UNKNOWN';

/** A refusal in the specification's form. */
export function problem(
  status: number,
  code: ProtocolCode,
  message: string,
  options: { detail?: unknown; headers?: Readonly<Record<string, string | number>> } = {},
): Answer {
  const error = { code, message, ...(options.detail === undefined ? {} : { detail: options.detail }) };
  return json(status, { errors: [error] }, options.headers);
}

export function json(status: number, value: unknown, headers: Readonly<Record<string, string | number>> = {}): Answer {
  return bytes(status, Buffer.from(JSON.stringify(value)), { 'Content-Type': 'application/json', ...headers });
}

export function bytes(status: number, body: Uint8Array, headers: Readonly<Record<string, string | number>>): Answer {
  return { status, headers: { ...headers, 'Content-Length': body.length }, body };
}

export function empty(status: number, headers: Readonly<Record<string, string | number>> = {}): Answer {
  // 204 and 304 have no body by definition; a length there confuses some proxies.
  return { status, headers: status === 204 || status === 304 ? headers : { ...headers, 'Content-Length': 0 } };
}
