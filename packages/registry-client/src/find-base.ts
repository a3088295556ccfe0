import { isLadingError, throwIfAborted } from '@lading/errors';
import type { Authenticator } from './authenticator.ts';
import { parseChallenges } from './challenge.ts';
import { hostOf, isLoopback } from './registry-name.ts';
import { problemsOf, unreachable } from './response-error.ts';
import { type RetryPolicy, retrying, TransientFailure } from './retry.ts';
import { isConnectionLoss, isConnectionRefusal, type Transport } from './transport.ts';

export interface BaseOptions {
  readonly registry: string;
  readonly plainHttp: boolean | 'auto';
  /** Plain HTTP will do where there is no TLS. */
  readonly insecure: boolean;
  readonly transport: Transport;
  readonly authenticator: Authenticator;
  readonly retries: RetryPolicy;
}

/** Finds out whether a registry speaks https or http, where that was left open. Throws REGISTRY_UNREACHABLE. */
export async function findBase(options: BaseOptions, signal: AbortSignal | undefined): Promise<URL> {
  const { registry, plainHttp, insecure, transport, retries } = options;
  const host = hostOf(registry);
  const secure = new URL(`https://${host}/`);
  const plain = new URL(`http://${host}/`);
  if (plainHttp === true) return plain;
  const local = isLoopback(registry);
  if (plainHttp === false || !(local || insecure)) return secure;
  return retrying(retries, signal, async () => {
    // Nothing goes over a network in plain text that could go otherwise.
    if (!local && (await speaksTls(transport, secure, signal))) return secure;
    return probe(options, { plain, secure }, signal);
  });
}

/** What a registry that may speak plain http says to that tells. */
async function probe(
  { registry, transport, authenticator }: BaseOptions,
  { plain, secure }: { readonly plain: URL; readonly secure: URL },
  signal: AbortSignal | undefined,
): Promise<URL> {
  try {
    const response = await transport.send({ method: 'GET', url: new URL('/v2/', plain), signal });
    const problems = response.status === 400 ? await problemsOf(response) : [];
    await response.discard();
    if (problems.some(({ message }) => /https/i.test(message))) return secure;
    if (response.status === 401) {
      authenticator.learn(parseChallenges(response.headers['www-authenticate']), plain);
    }
    return plain;
  } catch (error) {
    throwIfAborted(signal);
    if (isLadingError(error)) throw error;
    const { code = '' } = error as NodeJS.ErrnoException;
    // A TLS server that gets plain text closes, or answers with a TLS alert, which is no HTTP. So does a server that is going down.
    const ambiguous = code === 'ECONNRESET' || code === 'HTTP_CLOSED' || code === 'HTTP_INVALID';
    if (ambiguous && (await speaksTls(transport, secure, signal))) return secure;
    const again = ambiguous || isConnectionLoss(error);
    const failure = unreachable({ registry, action: 'reach the registry' }, error, again);
    throw again ? new TransientFailure(failure) : failure;
  }
}

/** A server whose certificate is not trusted, or that wants one, speaks TLS all the same. */
async function speaksTls(transport: Transport, base: URL, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    const response = await transport.send({ method: 'GET', url: new URL('/v2/', base), signal });
    await response.discard();
    return true;
  } catch (error) {
    throwIfAborted(signal);
    const { code = '' } = error as NodeJS.ErrnoException;
    return isLadingError(error) || !(isConnectionLoss(error) || isConnectionRefusal(error) || notTls.has(code));
  }
}

/** What OpenSSL says of an answer that is no TLS; and a proxy that gives no tunnel, which says nothing of what would be behind it. */
const notTls: ReadonlySet<string> = new Set([
  'EPROTO',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'HTTP_PROXY',
]);
