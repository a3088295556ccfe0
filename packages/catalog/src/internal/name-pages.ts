import type { Page } from '@lading/store';
import type { Database, SqlValue } from '../database/database.ts';

/** So many names come with one query, between which others have their turn. */
const pageNames = 5000;

/**
 * Names, many at a time and in byte order, by a query for one column `name` whose last parameters are the name that it begins after and how
 * many. They come from the database as one text: a row for each takes four times as long.
 */
export async function* namePages(
  database: Pick<Database, 'get'>,
  query: string,
  values: readonly SqlValue[],
  { after = '', limit = Number.POSITIVE_INFINITY }: Pick<Page, 'after' | 'limit'> = {},
): AsyncGenerator<readonly string[]> {
  const sql = `SELECT string_agg(n.name, ?) AS names FROM (${query}) n`;
  for (let left = limit; left > 0; ) {
    const most = Math.min(left, pageNames);
    const names = (await database.get(sql, separator, ...values, after, most))?.names;
    if (typeof names !== 'string') return;
    // They come in the order of the query, which no database promises of an aggregate; what is in order already costs next to nothing to sort.
    const page = names.split(separator).sort();
    yield page;
    if (page.length < most) return;
    left -= page.length;
    after = page.at(-1) ?? '';
    await new Promise(setImmediate);
  }
}

/** In no name of a tag or a repository. */
const separator = '\n';
