import type { Digest } from '@lading/oci';
import type { Journal } from '@lading/store';
import type { Database, Row, Statements } from '../database/database.ts';
import { ensureRepository } from '../internal/repositories.ts';
import { insertMove } from '../internal/tag-history.ts';
import type { Appliers } from './applier.ts';
import type { ImportEntry } from './catalog-entries.ts';
import type { Entry, LedgerRecord } from './entry.ts';
import { encodeBatch, genesis, type SealedRecord, seal } from './sealed-record.ts';

/**
 * Begins the journal of a database that has been kept without one, so that the journal tells all of it. One batch, so that it is there whole
 * or not at all; applying it is the business of `recover()`.
 */
export async function importCatalog(database: Database, journal: Journal): Promise<void> {
  if (!(await Array.fromAsync(take(journal.read(1)))).length && (await isUnjournaled(database))) {
    await database.transaction(async (statements) => {
      if (!(await isUnjournaled(statements))) return;
      await statements.run("UPDATE journal_position SET sequence = 0, batch = 0, hash = ''");
      await journal.append({ first: 1, bytes: encodeBatch(sealAll(await stateOf(statements))) });
    });
  }
}

async function* take<T>(items: AsyncIterable<T>): AsyncIterable<T> {
  for await (const item of items) {
    yield item;
    return;
  }
}

/** It has something, and nothing of it came by a journal. */
async function isUnjournaled(statements: Pick<Statements, 'get'>): Promise<boolean> {
  const row = await statements.get(
    'SELECT 1 AS found WHERE EXISTS (SELECT 1 FROM repositories) AND NOT EXISTS (SELECT 1 FROM audit)',
  );
  return row !== undefined;
}

type Event = Omit<LedgerRecord, 'sequence'>;

function sealAll(events: readonly Event[]): readonly SealedRecord[] {
  const sealed: SealedRecord[] = [];
  for (const [i, event] of events.entries()) {
    sealed.push(seal(sealed.at(-1)?.hash ?? genesis, { ...event, sequence: i + 1 }));
  }
  return sealed;
}

/** What the tables say, in the order of time. */
async function stateOf(statements: Statements): Promise<readonly Event[]> {
  const of = async (columns: string, table: string, entry: (row: Row) => Entry): Promise<readonly Event[]> => {
    const rows = await statements.all(
      `SELECT r.name AS repository, ${columns} FROM ${table} x JOIN repositories r ON r.id = x.repository_id`,
    );
    return rows.map((row) => ({
      at: String(row.at),
      ...(typeof row.actor === 'string' ? { by: { name: row.actor } } : {}),
      entry: entry(row),
    }));
  };
  const repository = (row: Row): string => String(row.repository);
  const digest = (row: Row): Digest => row.digest as Digest;
  const manifest = (row: Row): Entry => ({
    kind: 'manifest.recorded',
    repository: repository(row),
    digest: digest(row),
    mediaType: String(row.media_type),
    size: Number(row.size),
  });
  const content = [
    ...(await of('x.digest, x.size, x.created_at AS at', 'blobs', (row) => ({
      kind: 'blob.linked',
      repository: repository(row),
      digest: digest(row),
      size: Number(row.size),
    }))),
    ...(await of('x.digest, x.size, x.media_type, x.created_at AS at', 'manifests', manifest)),
    ...(await of('x.digest, x.size, x.media_type, x.recorded_at AS at', 'manifests', manifest)),
  ].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  const names = [
    ...(await of('x.name, x.digest, x.previous, x.at, x.actor', '(SELECT * FROM tag_history ORDER BY id)', (row) => ({
      kind: 'move.imported',
      repository: repository(row),
      name: String(row.name),
      ...(row.digest === null ? {} : { digest: digest(row) }),
      ...(row.previous === null ? {} : { previous: row.previous as Digest }),
    }))),
    // A tag that moves to where it is has no move.
    ...(await of('x.name, x.digest, x.updated_at AS at', 'tags', (row) => ({
      kind: 'tag.moved',
      repository: repository(row),
      tag: String(row.name),
      digest: digest(row),
      previous: digest(row),
    }))),
    ...(await of('x.digest, x.pinned_at AS at', 'pins', (row) => ({
      kind: 'pin.imported',
      repository: repository(row),
      digest: digest(row),
    }))),
  ];
  return [{ at: new Date(0).toISOString(), entry: { kind: 'catalog.imported' } }, ...content, ...names];
}

export const importAppliers: Appliers<ImportEntry> = {
  async 'catalog.imported'(statements) {
    // Everything of a repository goes with it.
    await statements.run('DELETE FROM repositories');
  },
  async 'move.imported'(statements, record) {
    const { repository, name, digest, previous } = record.entry;
    const repositoryId = await ensureRepository(statements, repository, record.at);
    await insertMove(statements, record, { repositoryId, name, digest, previous });
  },
  async 'pin.imported'(statements, { at, entry }) {
    await statements.run(
      'INSERT INTO pins (repository_id, digest, pinned_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
      await ensureRepository(statements, entry.repository, at),
      entry.digest,
      at,
    );
  },
};
