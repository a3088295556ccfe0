import { LadingError } from '@lading/errors';

const mostRedirects = 8;
const statuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** What says how to send content, and nothing about who asks. */
const harmlessHeaders: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'content-encoding',
  'content-range',
  'content-type',
  'range',
]);

/** The part of a request that a redirect decides about. */
export interface Redirectable {
  readonly method: string;
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly authorization?: string | undefined;
  /** Its content holds a secret: it is for this origin only. */
  readonly confined?: boolean | undefined;
  /** Whether its content can be sent again; of a request without any it can. */
  readonly replayable: boolean;
}

export type Followed = Pick<Redirectable, 'url' | 'headers' | 'authorization'>;

export function isRedirect(status: number): boolean {
  return statuses.has(status);
}

/**
 * What to send next after a redirect, or undefined when it must not be followed with this request. Only what says how to send content goes
 * to another origin, never credentials and no headers of the caller's. Throws REGISTRY_RESPONSE where it leads to nothing good.
 * RFC 9110 §15.4.
 */
export function afterRedirect(
  request: Redirectable,
  { status, location, redirects }: { status: number; location: string; redirects: number },
): Followed | undefined {
  const { method, url, headers = {}, authorization } = request;
  // Only 307 and 308 promise that a write keeps its method; the others turn it into a GET, which would be no write at all.
  const reading = method === 'GET' || method === 'HEAD';
  if (!reading && (!request.replayable || (status !== 307 && status !== 308))) return undefined;
  const target = redirectTarget(url, location, redirects);
  if (target.origin === url.origin) return { url: target, headers, authorization };
  if (request.confined) throw refused(url, `it leads to ${target.host}, which must not see what is sent`);
  const kept = Object.entries(headers).filter(([name]) => harmlessHeaders.has(name.toLowerCase()));
  return { url: target, headers: Object.fromEntries(kept), authorization: undefined };
}

function redirectTarget(from: URL, location: string, redirects: number): URL {
  if (redirects >= mostRedirects) throw refused(from, `there are more than ${mostRedirects} in a row`);
  if (!URL.canParse(location, from.href)) throw refused(from, 'its target is not a URL');
  const target = new URL(location, from);
  if (target.protocol !== 'https:' && target.protocol !== 'http:') {
    throw refused(from, `its target is ${target.protocol}`);
  }
  if (from.protocol === 'https:' && target.protocol === 'http:') {
    throw refused(from, 'it leads from https to plain http');
  }
  return target;
}

function refused(from: URL, why: string): LadingError {
  return new LadingError('REGISTRY_RESPONSE', `Cannot follow a redirect of ${from.host}: ${why}`, {
    details: { host: from.host },
  });
}
