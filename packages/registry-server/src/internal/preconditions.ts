import { type Exchange, header } from '../exchange.ts';

/** RFC 9110 §13.1: what a request expects of the thing it is about, by entity tags. An entity tag is a digest here. */
export interface Preconditions {
  /** `If-Match`: it is one of these; `*` is anything, as long as it is there. */
  readonly match?: EntityTags | undefined;
  /** `If-None-Match`: it is none of these; `*` is that nothing is there. */
  readonly noneMatch?: EntityTags | undefined;
}

export type EntityTags = '*' | readonly string[];

/** Undefined when nothing is expected. */
export function preconditionsOf(exchange: Exchange): Preconditions | undefined {
  const [match, noneMatch] = [header(exchange, 'if-match'), header(exchange, 'if-none-match')];
  if (match === undefined && noneMatch === undefined) return undefined;
  return {
    match: match === undefined ? undefined : entityTags(match),
    noneMatch: noneMatch === undefined ? undefined : entityTags(noneMatch),
  };
}

/** `actual` is the digest that is there now, if any. */
export function isMet({ match, noneMatch }: Preconditions, actual: string | undefined): boolean {
  return (match === undefined || isAmong(match, actual)) && (noneMatch === undefined || !isAmong(noneMatch, actual));
}

function isAmong(tags: EntityTags, actual: string | undefined): boolean {
  return actual !== undefined && (tags === '*' || tags.includes(actual));
}

/** Also without the quotes that belong around each. A weak one counts as strong: under a digest nothing ever differs. */
function entityTags(text: string): EntityTags {
  const tags = text.split(',').map((tag) => tag.trim().replace(/^(?:W\/)?"(.*)"$/, '$1'));
  return tags.includes('*') ? '*' : tags;
}
