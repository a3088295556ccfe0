import { LadingError } from '@lading/errors';
import type { Call, Connection, WholeAnswer } from './connection.ts';
import { nextLink } from './link.ts';

const mostPageBytes = 32 << 20;

/** The answers of a list, page by page, as its `Link` headers lead. OCI distribution-spec 1.1 §listing-tags. */
export async function* pages(
  connection: Connection,
  first: Omit<Call, 'method'>,
): AsyncGenerator<WholeAnswer & { readonly last: boolean }, void, undefined> {
  let path: string | URL = first.path;
  const seen = new Set<string>();
  while (true) {
    const answer = await connection.fetch({ ...first, method: 'GET', path, maxBytes: mostPageBytes });
    const link = answer.status === 200 ? nextLink(answer.header('link')) : undefined;
    const next = link === undefined ? undefined : await connection.locate(link, answer.url);
    yield { ...answer, last: next === undefined };
    if (next === undefined) return;
    if (seen.has(next.href)) {
      throw new LadingError(
        'REGISTRY_RESPONSE',
        `Cannot ${first.action} at ${connection.registry}: its pages go in a circle`,
      );
    }
    seen.add(next.href);
    path = next;
  }
}

/** A JSON answer as an object; anything else is an error of the registry. */
export function jsonOf(connection: Connection, action: string, body: Buffer): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw new LadingError('REGISTRY_RESPONSE', `Cannot ${action} at ${connection.registry}: the answer is not JSON`, {
      cause,
      hint: 'Something other than a registry may answer at that address.',
    });
  }
  return Object(value) as Record<string, unknown>;
}

/** The strings of a member that should be a list of strings; registries write `null` for an empty one. */
export function namesOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];
}
