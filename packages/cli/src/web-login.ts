import { spawn } from 'node:child_process';
import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LadingError, Secret } from '@lading/errors';
import type { ConfiguredRegistry } from '@lading/registry-client';
import type { Context } from './context.ts';

export interface WebLogin {
  readonly username: string;
  readonly password: Secret;
  readonly expiresAt: string;
}

/** So long somebody may take in the browser. */
const patienceMs = 10 * 60_000;

/**
 * Signs in with the browser: the registry sends it to the organisation's provider and back to a port of this machine, with a code that
 * only this process can use (RFC 8252 §7.3, RFC 7636). Throws REGISTRY_UNAUTHORIZED.
 */
export async function loginInBrowser(
  context: Context,
  registry: string,
  opened: ConfiguredRegistry,
): Promise<WebLogin> {
  const { signal } = context;
  const verifier = randomBytes(32).toString('base64url');
  const state = randomBytes(24).toString('base64url');
  const returned = await waitForReturn(state, AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]));
  try {
    const query = new URLSearchParams({
      port: String(returned.port),
      challenge: hash('sha256', verifier, 'base64url'),
      state,
    });
    const action = 'begin the login';
    const started = await opened.call({ method: 'GET', path: `/auth/start?${query}`, action, signal });
    const { url } = started as { url: string };
    if (!/^https?:\/\//.test(url)) throw failed(registry, 'the registry gave no address to open');
    context.progress.log(`open this address to sign in, if the browser does not: ${url}`);
    openBrowser(url);
    const code = await returned.code.catch((cause: unknown) => {
      signal.throwIfAborted();
      throw failed(registry, 'nobody came back from the browser', cause);
    });
    const body = { code, verifier };
    const issued = await opened.call({ method: 'POST', path: '/auth/exchange', action: 'end the login', body, signal });
    const { username, token, expires_at } = issued as { username: string; token: string; expires_at: string };
    return { username, password: new Secret(token), expiresAt: expires_at };
  } finally {
    returned.close();
  }
}

interface Return {
  readonly port: number;
  readonly code: Promise<string>;
  close(): void;
}

/** A server on loopback for one request: whatever does not bring the state is somebody else's. */
async function waitForReturn(state: string, signal: AbortSignal): Promise<Return> {
  const code = Promise.withResolvers<string>();
  code.promise.catch(() => {});
  signal.addEventListener('abort', () => code.reject(signal.reason), { once: true });
  const server = createServer((request, response) => {
    const query = new URL(request.url ?? '/', 'http://127.0.0.1').searchParams;
    const [given, expected] = [hash('sha256', query.get('state') ?? '', 'buffer'), hash('sha256', state, 'buffer')];
    const known = request.method === 'GET' && timingSafeEqual(given, expected);
    const text = known ? 'You are signed in, and may close this window.' : 'Nobody waits for this.';
    response
      .writeHead(known ? 200 : 404, { 'Content-Type': 'text/plain; charset=utf-8', Connection: 'close' })
      .end(text);
    if (known) code.resolve(query.get('code') ?? '');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const close = (): void => {
    server.close();
    server.closeIdleConnections();
  };
  return { port: (server.address() as AddressInfo).port, code: code.promise, close };
}

/** The address is printed too, so that it does not matter where there is no browser. */
function openBrowser(url: string): void {
  const opener = process.env.BROWSER || (process.platform === 'darwin' ? 'open' : 'xdg-open');
  const child = spawn(opener, [url], { stdio: 'ignore', detached: true });
  child.on('error', () => {});
  child.unref();
}

function failed(registry: string, reason: string, cause?: unknown): LadingError {
  return new LadingError('REGISTRY_UNAUTHORIZED', `Cannot log in to ${registry}: ${reason}`, {
    hint: 'Try again, or log in with a user name and a password.',
    cause,
  });
}
