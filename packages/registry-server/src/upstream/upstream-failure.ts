import { isLadingError, LadingError, messageOf } from '@lading/errors';

/** What a failure at an upstream means here. */
export type FailureKind = 'limited' | 'failing' | 'denied' | 'wrong';

export function failureKind(error: unknown): FailureKind {
  if (isLadingError(error, 'REGISTRY_RATE_LIMITED')) return 'limited';
  if (isLadingError(error, 'REGISTRY_UNAUTHORIZED', 'REGISTRY_DENIED', 'REGISTRY_BLOCKED')) return 'denied';
  if (
    isLadingError(error, 'DIGEST_MISMATCH', 'SIZE_MISMATCH', 'MANIFEST_INVALID', 'MANIFEST_UNSUPPORTED', 'BYTES_LIMIT')
  )
    return 'wrong';
  return 'failing';
}

/** Milliseconds that it asked to wait. */
export function retryAfterOf(error: unknown): number | undefined {
  const after = isLadingError(error) ? error.details.retryAfterMs : undefined;
  return typeof after === 'number' ? after : undefined;
}

/** The same as an error of the cache: what an upstream says of our credentials is no answer to the credentials of a client. */
export function upstreamFailure(registry: string, cause: unknown): LadingError {
  if (isLadingError(cause, 'UPSTREAM_FAILED', 'UPSTREAM_LIMITED', 'UPSTREAM_DENIED')) return cause;
  const kind = failureKind(cause);
  const code = kind === 'limited' ? 'UPSTREAM_LIMITED' : kind === 'denied' ? 'UPSTREAM_DENIED' : 'UPSTREAM_FAILED';
  const retryAfterMs = retryAfterOf(cause);
  return new LadingError(code, `Cannot get it from the upstream ${registry}: ${messageOf(cause)}`, {
    cause,
    transient: kind === 'limited' || kind === 'failing',
    details: { upstream: registry, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
  });
}
