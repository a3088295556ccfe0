import type { Digest } from '@lading/oci';
import type { Statements } from '../database/database.ts';
import type { Appliers } from '../ledger/applier.ts';
import { changeCautions } from './cautions.ts';
import { forgetContents } from './facts.ts';
import type { Needing, PurgeEntry } from './policy-entries.ts';

/** Manifests that reach the content, the content itself included where it is a manifest; top ones first. */
export async function needingContent(
  statements: Pick<Statements, 'all'>,
  digests: readonly Digest[],
): Promise<readonly Needing[]> {
  const reached = new Set<Digest>(digests);
  // A set that grows while it is gone through: each level up follows.
  for (const digest of reached) {
    const rows = await statements.all(
      'SELECT parent FROM children WHERE child = ? UNION SELECT manifest FROM trash_parts WHERE digest = ?',
      digest,
      digest,
    );
    for (const row of rows) reached.add(row.parent as Digest);
  }
  const needing: Needing[] = [];
  for (const digest of [...reached].reverse()) {
    const held = await statements.all(
      'SELECT r.id, r.name FROM manifests m JOIN repositories r ON r.id = m.repository_id WHERE m.digest = ? ORDER BY r.name',
      digest,
    );
    for (const { id, name } of held) {
      const tags = await statements.all(
        'SELECT name FROM tags WHERE repository_id = ? AND digest = ? ORDER BY name',
        Number(id),
        digest,
      );
      needing.push({ repository: String(name), digest, tags: tags.map((tag) => String(tag.name)), trashed: false });
    }
    const trash = await statements.all(
      'SELECT r.name, t.tags FROM trash t JOIN repositories r ON r.id = t.repository_id WHERE t.digest = ? ORDER BY r.name',
      digest,
    );
    for (const { name, tags } of trash) {
      const names = JSON.parse(String(tags)) as string[]; // as trash.ts wrote it
      needing.push({ repository: String(name), digest, tags: names, trashed: true });
    }
  }
  return needing;
}

/** What a manifest consists of besides itself: config and layers, and the same of its children. */
export async function contentBelow(statements: Pick<Statements, 'all'>, digest: Digest): Promise<readonly Digest[]> {
  const below = new Set<Digest>([digest]);
  for (const parent of below) {
    const rows = await statements.all(
      'SELECT child FROM children WHERE parent = ? UNION SELECT digest FROM trash_parts WHERE manifest = ?',
      parent,
      parent,
    );
    for (const row of rows) below.add(row.child as Digest);
  }
  below.delete(digest);
  return [...below];
}

/**
 * The first of the digests that somebody had purged and that nobody has pushed again. For whoever brings content that no person asked to have
 * here. What went with it, because nothing else needed it, is not meant: other images may have it.
 */
export async function purgedAmong(
  statements: Pick<Statements, 'get'>,
  digests: readonly Digest[],
): Promise<Digest | undefined> {
  if ((await statements.get('SELECT 1 AS found FROM purged LIMIT 1')) === undefined) return undefined;
  for (const digest of digests) {
    const row = await statements.get(
      `SELECT p.decision FROM purged d JOIN purges p ON p.id = d.purge WHERE d.digest = ?
         AND NOT EXISTS (SELECT 1 FROM blobs b WHERE b.digest = d.digest)
         AND NOT EXISTS (SELECT 1 FROM manifests m WHERE m.digest = d.digest)`,
      digest,
    );
    if (row === undefined) continue;
    const { digests: gone } = JSON.parse(String(row.decision)) as Pick<OpenPurge, 'digests'>; // as the applier wrote it
    if (gone[0] === digest) return digest;
  }
  return undefined;
}

export async function receiptOf(statements: Pick<Statements, 'get'>, purge: string): Promise<string | undefined> {
  const row = await statements.get('SELECT receipt FROM receipts WHERE id = ?', purge);
  return row === undefined ? undefined : String(row.receipt);
}

/** A purge whose content may still be there: whoever ran it was stopped. */
export interface OpenPurge {
  readonly purge: string;
  readonly at: string;
  readonly by?: string | undefined;
  /** First what was to go, then what nothing else needed. */
  readonly digests: readonly Digest[];
  readonly manifests: readonly Needing[];
  readonly reason: string;
}

export async function openPurges(statements: Pick<Statements, 'all'>): Promise<readonly OpenPurge[]> {
  const rows = await statements.all(
    'SELECT p.id, p.at, p.actor, p.decision FROM purges p WHERE NOT EXISTS (SELECT 1 FROM receipts r WHERE r.id = p.id) ORDER BY p.at',
  );
  return rows.map((row) => ({
    purge: String(row.id),
    at: String(row.at),
    ...(row.actor === null ? {} : { by: String(row.actor) }),
    ...(JSON.parse(String(row.decision)) as Pick<OpenPurge, 'digests' | 'manifests' | 'reason'>), // as the applier wrote it
  }));
}

export const purgeAppliers: Appliers<PurgeEntry> = {
  async 'content.purged'(statements, { at, by, entry }) {
    const { digests, manifests, reason } = entry;
    await statements.run(
      'INSERT INTO purges (id, at, actor, decision) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
      entry.purge,
      at,
      by?.name ?? null,
      JSON.stringify({ digests, manifests, reason }),
    );
    for (const [index, digest] of entry.digests.entries()) {
      // What was purged by its own name stays so when it goes once more as a part of something.
      await statements.run(
        `INSERT INTO purged (digest, at, purge) VALUES (?, ?, ?)
         ON CONFLICT (digest) DO UPDATE SET at = excluded.at${index === 0 ? ', purge = excluded.purge' : ''}`,
        digest,
        at,
        entry.purge,
      );
      // Whoever brings the same content again waits until this is gone, and then writes it anew.
      await statements.run(
        `INSERT INTO collected (digest, state, mark, at) VALUES (?, 'going', ?, ?)
         ON CONFLICT (digest) DO UPDATE SET state = excluded.state, mark = excluded.mark, at = excluded.at`,
        digest,
        entry.purge,
        at,
      );
      await forgetContents(statements, digest, at);
    }
    await changeCautions(statements);
  },

  async 'purge.completed'(statements, { at, entry }) {
    await statements.run("UPDATE collected SET state = 'gone' WHERE mark = ? AND state = 'going'", entry.purge);
    await statements.run(
      'INSERT INTO receipts (id, at, receipt) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
      entry.purge,
      at,
      entry.receipt,
    );
  },
};
