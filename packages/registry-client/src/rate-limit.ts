import { type Headers, headerOf } from './http/response-head.ts';

/** How many requests a registry still allows, as it said with an answer. */
export interface RateLimit {
  readonly limit: number;
  readonly remaining: number;
  /** The window that they are counted in. */
  readonly windowSeconds?: number | undefined;
  /** Whom they are counted for: an address or an account. */
  readonly source?: string | undefined;
}

/** `RateLimit-Limit: 100;w=21600`, `RateLimit-Remaining: 99;w=21600`, `Docker-RateLimit-Source`, as Docker Hub sends them. */
export function rateLimitOf(headers: Headers): RateLimit | undefined {
  const limit = quota(headerOf(headers, 'ratelimit-limit'));
  const remaining = quota(headerOf(headers, 'ratelimit-remaining'));
  if (limit === undefined || remaining === undefined) return undefined;
  const windowSeconds = remaining.windowSeconds ?? limit.windowSeconds;
  const source = headerOf(headers, 'docker-ratelimit-source');
  return {
    limit: limit.count,
    remaining: remaining.count,
    ...(windowSeconds === undefined ? {} : { windowSeconds }),
    ...(source === undefined ? {} : { source }),
  };
}

function quota(text: string | undefined): { count: number; windowSeconds: number | undefined } | undefined {
  const [, count, window] = /^\s*(\d{1,9})\s*(?:;.*?\bw=(\d{1,9}))?/.exec(text ?? '') ?? [];
  if (count === undefined) return undefined;
  return { count: Number(count), windowSeconds: window === undefined ? undefined : Number(window) };
}
