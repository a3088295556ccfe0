// A registry that fails as it is told.
import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TestContext } from 'node:test';
import { isLadingError } from '@lading/errors';
import { type Descriptor, digestOf } from '@lading/oci';
import type { Repository } from '@lading/store';
import { startHttpServer, type TestServer } from '@lading/testkit';
import { anonymous, openRegistry, type RegistryOptions } from '../index.ts';

export const mediaType: string = 'application/octet-stream';
export const blob: Descriptor = { mediaType, digest: digestOf('abc'), size: 3 };

export const code =
  (...wanted: Parameters<typeof isLadingError>[1][]) =>
  (error: unknown): boolean => {
    assert.ok(isLadingError(error, ...wanted), String(error));
    return true;
  };

/** A registry that answers the nth request (not counting the first look at `/v2/`) with the nth of `answers`, and then with the last. */
export async function faulty(
  t: TestContext,
  answers: readonly ((request: IncomingMessage, response: ServerResponse) => unknown)[],
  options: Partial<RegistryOptions> = {},
): Promise<{ server: TestServer; repository: Repository; asked(): string[] }> {
  let next = 0;
  const server = await startHttpServer(t, (request, response) => {
    if (request.url === '/v2/') return response.end('{}');
    const answer = answers[Math.min(next++, answers.length - 1)];
    return answer?.(request, response);
  });
  const registry = openRegistry({ registry: server.host, credentials: anonymous, retries: { pauseMs: 1 }, ...options });
  t.after(() => registry.close());
  const asked = (): string[] => server.seen.slice(1).map(({ method, path }) => `${method} ${path}`);
  return { server, repository: registry.repository('app'), asked };
}

export const ok = (_: IncomingMessage, response: ServerResponse): unknown => response.end('abc');
export const status =
  (value: number, headers = {}) =>
  (_: IncomingMessage, response: ServerResponse): unknown =>
    response.writeHead(value, headers).end('{}');
export const cut = (request: IncomingMessage): unknown => request.socket.destroy();
