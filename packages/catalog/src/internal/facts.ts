import type { Digest } from '@lading/oci';
import type { Database, Statements } from '../database/database.ts';
import { forgetFleetImage } from '../fleet/forget-contents.ts';
import { contentItself, review } from './reviews.ts';

/** What facts are of: a layer, or an image by the digest of its manifest. */
export type FactsKind = 'layer' | 'image';

/** Content that holds facts. It stays as long as this says so. */
export interface KeptFacts {
  readonly content: Digest;
  /** Bytes. */
  readonly size: number;
}

/** Uses are noted this often at most. */
const usedMs = 86_400_000;

export async function findFacts(
  database: Database,
  kind: FactsKind,
  digest: Digest,
  now: Date,
): Promise<KeptFacts | undefined> {
  const row = await database.get(
    'SELECT content, size, used_at FROM facts WHERE digest = ? AND kind = ?',
    digest,
    kind,
  );
  if (row === undefined) return undefined;
  if (Date.parse(String(row.used_at)) < now.getTime() - usedMs) {
    await database.run('UPDATE facts SET used_at = ? WHERE digest = ? AND kind = ?', now.toISOString(), digest, kind);
  }
  return { content: row.content as Digest, size: Number(row.size) };
}

/** From now on the facts are there; a collection takes the content of those that were there before. */
export async function keepFacts(
  database: Database,
  kind: FactsKind,
  digest: Digest,
  { content, size }: KeptFacts,
  now: Date,
): Promise<void> {
  const at = now.toISOString();
  await database.transaction(async (statements) => {
    const before = await statements.get('SELECT content FROM facts WHERE digest = ? AND kind = ?', digest, kind);
    await statements.run(
      `INSERT INTO facts (kind, digest, content, size, used_at) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (digest, kind) DO UPDATE SET content = excluded.content, size = excluded.size, used_at = excluded.used_at`,
      kind,
      digest,
      content,
      size,
      at,
    );
    if (before !== undefined && before.content !== content) {
      await review(statements, contentItself, String(before.content), at);
    }
  });
}

/** So many go in one transaction: requests wait for it. */
const batch = 50;

/** Gives up those that were used longest ago until the others have no more than so many bytes. What went. */
export async function trimFacts(
  database: Database,
  maxBytes: number,
  now: Date,
): Promise<{ readonly facts: number; readonly bytes: number }> {
  let [facts, bytes] = [0, 0];
  for (;;) {
    const went = await database.transaction(async (statements) => {
      const total = Number((await statements.get('SELECT COALESCE(SUM(size), 0) AS bytes FROM facts'))?.bytes ?? 0);
      let excess = total - maxBytes;
      if (excess <= 0) return 0;
      const oldest = await statements.all(
        'SELECT kind, digest, content, size FROM facts ORDER BY used_at, digest, kind LIMIT ?',
        batch,
      );
      let count = 0;
      for (const { kind, digest, content, size } of oldest) {
        if (excess <= 0) break;
        await statements.run('DELETE FROM facts WHERE digest = ? AND kind = ?', digest ?? '', kind ?? '');
        await review(statements, contentItself, String(content), now.toISOString());
        excess -= Number(size);
        bytes += Number(size);
        count += 1;
      }
      return count;
    });
    if (went === 0) return { facts, bytes };
    facts += went;
  }
}

/** Of a layer or manifest that is gone nothing is to be known any more, and what was goes with the next collection. */
export async function forgetContents(statements: Statements, digest: Digest, at: string): Promise<void> {
  const kept = await statements.all(
    `SELECT content FROM facts WHERE digest = ? UNION ALL SELECT report FROM scans WHERE digest = ? AND report IS NOT NULL`,
    digest,
    digest,
  );
  for (const { content } of kept) await review(statements, contentItself, String(content), at);
  if (kept.length > 0) await statements.run('DELETE FROM facts WHERE digest = ?', digest);
  await statements.run('DELETE FROM scans WHERE digest = ?', digest);
  await forgetFleetImage(statements, digest);
  await statements.run('DELETE FROM scans_due WHERE digest = ?', digest);
}
