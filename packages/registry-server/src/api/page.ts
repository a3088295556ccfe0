import { type TArray, type TInteger, type TObject, type TOptional, type TSchema, type TString, Type } from 'typebox';

/** Query of a list: at most `limit` entries after `after`, which is the `next` of the page before. */
export const pageQuery: TObject<{ limit: TOptional<TInteger>; after: TOptional<TString> }> = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
  after: Type.Optional(Type.String({ description: '`next` of the page before' })),
});

/** A page of entries; `next` is there when there are more. */
export function listOf<T extends TSchema>(item: T): TObject<{ items: TArray<T>; next: TOptional<TString> }> {
  return Type.Object({ items: Type.Array(item), next: Type.Optional(Type.String()) });
}

export interface PageQuery {
  readonly limit?: number | undefined;
  readonly after?: string | undefined;
}

/** One page of a keyset list. `list` is asked for one more entry than the page has, to know whether there is another page. */
export async function pageOf<T>(
  query: PageQuery,
  list: (page: { readonly after?: string; readonly limit: number }) => AsyncIterable<T>,
  keyOf: (item: T) => string,
): Promise<{ items: T[]; next?: string }> {
  const limit = query.limit ?? 100;
  const items: T[] = [];
  const after = query.after === undefined ? {} : { after: query.after };
  for await (const item of list({ ...after, limit: limit + 1 })) {
    const last = items.at(-1);
    if (items.length === limit && last !== undefined) return { items, next: keyOf(last) };
    items.push(item);
  }
  return { items };
}
