import { type Answer, problem } from '../answer.ts';

/** What `n` and `last` ask for: distribution-spec 1.1 §listing tags. */
export interface RequestedPage {
  readonly limit: number;
  /** One more than the limit is asked for, to know whether there is a next page. */
  readonly ask: { readonly after?: string; readonly limit: number };
}

/** No answer has more: whoever asks for more, or for all, gets a `Link` to the rest. */
const maxItems = 100_000;

/** Undefined when it cannot be read. */
export function pageOf(query: URLSearchParams): RequestedPage | undefined {
  const [n, last] = [query.get('n'), query.get('last')];
  if ((n !== null && !/^\d+$/.test(n)) || hasNul(last)) return undefined;
  const limit = n === null ? maxItems : Math.min(Number(n), maxItems);
  return {
    limit,
    ask: {
      ...(last === null ? {} : { after: last }),
      limit: limit === 0 ? 0 : limit + 1,
    },
  };
}

/** No name and no media type has a NUL, and not every database takes one. */
export function hasNul(text: string | null | undefined): boolean {
  return text?.includes('\0') ?? false;
}

/** The items of a page, and the last of them when there are more. They come many at a time. */
export async function take(
  pages: AsyncIterable<readonly string[]>,
  limit: number | undefined,
): Promise<{ items: string[]; next?: string | undefined }> {
  const items: string[] = [];
  if (limit === 0) return { items };
  for await (const page of pages) {
    for (const name of page) {
      if (items.length === limit) return { items, next: items.at(-1) };
      items.push(name);
    }
  }
  return { items };
}

/** What comes one by one, as pages of one. */
export async function* asPages(names: AsyncIterable<string>): AsyncGenerator<readonly string[]> {
  for await (const name of names) yield [name];
}

/** The `Link` to the next page, which begins after `last`; nothing where there is none. */
export function linkTo(
  path: string,
  query: { readonly last: string | undefined; readonly [name: string]: string | number | undefined },
): Record<string, string> {
  if (query.last === undefined) return {};
  const text = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  return { Link: `<${path}?${text.join('&')}>; rel="next"` };
}

export function badPage(): Answer {
  return problem(400, 'PAGINATION_NUMBER_INVALID', 'The parameter "n" is not a number, or "last" is no name');
}
