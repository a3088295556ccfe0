import { collect } from '@lading/bytes';
import { type ErrorCode, LadingError, messageOf } from '@lading/errors';
import { headerOf } from './http/response-head.ts';
import { rateLimitOf } from './rate-limit.ts';
import { isTransientStatus, parseRetryAfter } from './retry.ts';
import type { TransportResponse } from './transport.ts';

/** One entry of a registry's error answer. OCI distribution-spec 1.1 §error-codes. */
export interface RegistryProblem {
  /** Such as `MANIFEST_UNKNOWN`; empty where the answer has none. */
  readonly code: string;
  readonly message: string;
  readonly detail?: unknown;
  /** What to do about it, where the registry knows. */
  readonly hint?: string;
}

/** What was asked of whom, for messages: "Cannot push blob sha256:… to registry.example.org/app". */
export interface Asked {
  readonly registry: string;
  readonly repository?: string | undefined;
  /** In the infinitive: `push blob sha256:…`. */
  readonly action: string;
}

const mostErrorBytes = 64 * 1024;

/** The problems that an error answer lists; consumes its body. Never throws: what cannot be read is an empty list. */
export async function problemsOf(response: TransportResponse): Promise<RegistryProblem[]> {
  let text: string;
  try {
    text = (await collect(response.body, { maxBytes: mostErrorBytes, what: 'error answer' })).toString('utf8');
  } catch {
    return [];
  }
  return parseProblems(text);
}

export function parseProblems(text: string): RegistryProblem[] {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    // Proxies and storage answer in their own words; a short plain line of theirs is better than nothing, a page of HTML is not.
    const line = text.trim();
    return line === '' || line.length > 200 || line.startsWith('<') ? [] : [{ code: '', message: oneLine(line) }];
  }
  if (!isRecord(body)) return [];
  if (Array.isArray(body.errors)) {
    return body.errors.slice(0, 10).flatMap((entry: unknown) => {
      if (!isRecord(entry)) return [];
      const code = typeof entry.code === 'string' ? oneLine(entry.code) : '';
      const message = typeof entry.message === 'string' ? oneLine(entry.message) : '';
      if (code === '' && message === '') return [];
      return [{ code, message, ...(entry.detail === undefined ? {} : { detail: entry.detail }) }];
    });
  }
  // RFC 9457, as management APIs have it.
  if (typeof body.code === 'string' && typeof body.detail === 'string') {
    const hint = typeof body.hint === 'string' ? { hint: oneLine(body.hint) } : {};
    return [{ code: oneLine(body.code), message: oneLine(body.detail), ...hint }];
  }
  // Token servers speak OAuth 2, or their own dialects.
  const code = typeof body.error === 'string' ? body.error : '';
  const message = [body.error_description, body.details, body.message].find((value) => typeof value === 'string');
  return code === '' && message === undefined ? [] : [{ code: oneLine(code), message: oneLine(message ?? '') }];
}

/** Whether one of the problems has one of these codes. */
export function hasProblem(problems: readonly RegistryProblem[], ...codes: readonly string[]): boolean {
  return problems.some(({ code }) => codes.includes(code));
}

/** What an answer said, for messages: `HTTP 404, MANIFEST_UNKNOWN: manifest unknown`. */
export function answerText(status: number, problems: readonly RegistryProblem[]): string {
  const said = problems.map(({ code, message }) => [code, message].filter((part) => part !== '').join(': '));
  return [`HTTP ${status}`, ...said].join(', ');
}

export function nameOf({ registry, repository }: Asked): string {
  return repository === undefined ? registry : `${registry}/${repository}`;
}

/** The error for an answer that says no. */
export function responseError(
  asked: Asked,
  response: TransportResponse,
  problems: readonly RegistryProblem[],
  withCredentials: boolean,
): LadingError {
  const { status } = response;
  const retryAfterMs = parseRetryAfter(headerOf(response.headers, 'retry-after'));
  const rateLimit = rateLimitOf(response.headers);
  const { code, hint } = meaning(status, problems, asked, withCredentials, retryAfterMs);
  return new LadingError(
    code,
    `Cannot ${asked.action} at ${nameOf(asked)}: the registry answered ${answerText(status, problems)}`,
    {
      hint: problems.find((problem) => problem.hint !== undefined)?.hint ?? hint,
      details: {
        registry: asked.registry,
        ...(asked.repository === undefined ? {} : { repository: asked.repository }),
        status,
        problems: problems.map(({ code: problem, message }) => ({ code: problem, message })),
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
        ...(rateLimit === undefined ? {} : { rateLimit }),
      },
      transient: isTransientStatus(status),
    },
  );
}

function meaning(
  status: number,
  problems: readonly RegistryProblem[],
  { registry, action }: Asked,
  withCredentials: boolean,
  retryAfterMs: number | undefined,
): { code: ErrorCode; hint?: string } {
  if (status === 401) {
    const login = `Run: lading login ${registry}`;
    return {
      code: 'REGISTRY_UNAUTHORIZED',
      hint: withCredentials
        ? `The credentials were refused, or do not cover this repository. ${login}`
        : `There are no credentials for it, or the name does not exist. ${login}`,
    };
  }
  if (status === 403 || hasProblem(problems, 'DENIED')) {
    return { code: 'REGISTRY_DENIED', hint: 'Ask whoever runs the registry for the right to do this.' };
  }
  if (status === 429) {
    const wait = retryAfterMs === undefined ? 'Wait a while' : `Wait ${Math.ceil(retryAfterMs / 1000)} s`;
    return { code: 'REGISTRY_RATE_LIMITED', hint: `${wait}, or log in: limits are often higher for known users.` };
  }
  if (hasProblem(problems, 'DIGEST_INVALID') && !action.startsWith('delete')) {
    return { code: 'DIGEST_MISMATCH', hint: 'What arrived is not what was announced; send it again.' };
  }
  if (hasProblem(problems, 'SIZE_INVALID')) return { code: 'SIZE_MISMATCH' };
  if (hasProblem(problems, 'MANIFEST_BLOB_UNKNOWN', 'BLOB_UNKNOWN')) {
    return { code: 'REGISTRY_RESPONSE', hint: 'Push the blobs that a manifest names before the manifest.' };
  }
  if (hasProblem(problems, 'UNSUPPORTED') || status === 405 || status === 501) {
    return { code: 'REGISTRY_UNSUPPORTED', hint: 'This registry does not offer it, or it is switched off there.' };
  }
  if (status === 404) {
    return { code: 'REFERENCE_NOT_FOUND', hint: 'Check the spelling of registry and repository.' };
  }
  if (status >= 500) return { code: 'REGISTRY_RESPONSE', hint: 'The registry failed; try again later.' };
  return { code: 'REGISTRY_RESPONSE' };
}

/** The error for no answer at all, or half of one. */
export function unreachable(asked: Asked, cause: unknown, transient: boolean): LadingError {
  const { code = '' } = cause as NodeJS.ErrnoException;
  return new LadingError('REGISTRY_UNREACHABLE', `Cannot ${asked.action} at ${nameOf(asked)}: ${reasonOf(cause)}`, {
    cause,
    hint: hintOf(code, messageOf(cause), asked.registry),
    details: { registry: asked.registry, ...(code === '' ? {} : { reason: code }) },
    transient,
  });
}

function reasonOf(cause: unknown): string {
  const { code } = cause as NodeJS.ErrnoException;
  switch (code) {
    case 'ECONNREFUSED':
      return 'nothing listens there (connection refused)';
    case 'ENOTFOUND':
      return 'its host name is unknown';
    case 'EAI_AGAIN':
      return 'its host name could not be looked up';
    case 'ECONNRESET':
    case 'EPIPE':
    case 'HTTP_CLOSED':
      return 'it closed the connection';
    case 'HTTP_CONNECT_TIMEOUT':
    case 'ETIMEDOUT':
      return 'it did not accept a connection in time';
    case 'HTTP_ANSWER_TIMEOUT':
      return 'it did not answer in time';
    case 'HTTP_STALLED':
      return 'the transfer stopped half-way';
    case 'HTTP_TRUNCATED':
      return 'it closed the connection half-way';
    default:
      return messageOf(cause);
  }
}

function hintOf(code: string, message: string, registry: string): string {
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code)) {
    return 'Its certificate is not trusted here: add the authority that issued it to the system, or name a folder with it (--cert-dir).';
  }
  if (/WRONG_VERSION_NUMBER|EPROTO/.test(code) || /wrong version number/i.test(message)) {
    return `${registry} seems to speak plain HTTP; use --plain-http if you trust the network to it.`;
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'Check the spelling of the registry and your name server.';
  return 'Check that the registry runs, the address and port, and HTTP_PROXY and NO_PROXY.';
}

function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, ' ').slice(0, 300);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
