import type { Page } from '@lading/store';
import type { Database, Statements } from '../database/database.ts';
import { namePages } from './name-pages.ts';

export interface Repositories {
  names(page?: Page): AsyncIterable<readonly string[]>;
  list(page?: Page): AsyncIterable<string>;
  has(name: string): Promise<boolean>;
}

/** Rows are fetched in pages, so that a reader who is slow holds nothing open. */
export const pageRows = 1000;

export function createRepositories(database: Database): Repositories {
  const names = (page?: Page): AsyncIterable<readonly string[]> =>
    namePages(database, 'SELECT name FROM repositories WHERE name > ? ORDER BY name LIMIT ?', [], page);
  return {
    names,
    async *list(page) {
      for await (const some of names(page)) yield* some;
    },

    async has(name) {
      return (await database.get('SELECT 1 AS found FROM repositories WHERE name = ?', name)) !== undefined;
    },
  };
}

/** Ids that were asked for within a transaction. */
const known = new WeakMap<Statements, Map<string, Promise<number>>>();

/** The id of a repository, which is made where absent: it comes into being with the first thing in it. For appliers. */
export function ensureRepository(statements: Statements, name: string, at: string): Promise<number> {
  const ids = known.get(statements) ?? new Map<string, Promise<number>>();
  known.set(statements, ids);
  const id = ids.get(name) ?? findOrMake(statements, name, at);
  ids.set(name, id);
  return id;
}

async function findOrMake(statements: Statements, name: string, at: string): Promise<number> {
  const found = await statements.get('SELECT id FROM repositories WHERE name = ?', name);
  if (found !== undefined) return Number(found.id);
  const made = await statements.get('INSERT INTO repositories (name, created_at) VALUES (?, ?) RETURNING id', name, at);
  return Number(made?.id);
}
