import type { Row, SqlValue, Statements } from '../database/database.ts';

/** Sizes of statements: a few, so that each is prepared once, whatever there is to say. */
const sizes = [256, 16, 1] as const;

/** Rows with few statements: `head` is `INSERT INTO t (a, b)`, `tail` what follows the values. What the tail returns. */
export async function insertRows(
  statements: Statements,
  head: string,
  rows: readonly (readonly SqlValue[])[],
  tail = '',
): Promise<readonly Row[]> {
  const results: Promise<readonly Row[]>[] = [];
  for (let at = 0; at < rows.length; ) {
    const size = sizes.find((some) => some <= rows.length - at) ?? 1;
    const some = rows.slice(at, at + size);
    const values = `(${(some[0] ?? []).map(() => '?').join(', ')})`;
    // Sent together: none needs the answer of another.
    results.push(statements.all(`${head} VALUES ${Array(size).fill(values).join(', ')} ${tail}`, ...some.flat()));
    at += size;
  }
  return (await Promise.all(results)).flat();
}

/** Lists are filled up to one of these sizes with what they have already. */
const listSizes = [1, 16, 128, 512] as const;

/** The rows of `sql`, in which `(…)` stands for a list, for all values, which differ; `first` are those of the `?` before it. */
export async function selectIn(
  statements: Pick<Statements, 'all'>,
  sql: string,
  values: readonly SqlValue[],
  first: readonly SqlValue[] = [],
): Promise<readonly Row[]> {
  const results: Promise<readonly Row[]>[] = [];
  for (let at = 0; at < values.length; ) {
    const size = listSizes.find((some) => some >= values.length - at) ?? 512;
    const some = values.slice(at, at + size);
    const list = [...some, ...Array<SqlValue>(size - some.length).fill(some[0] ?? null)];
    results.push(statements.all(sql.replace('(…)', `(${list.map(() => '?').join(', ')})`), ...first, ...list));
    at += size;
  }
  return (await Promise.all(results)).flat();
}
