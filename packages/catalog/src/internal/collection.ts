import { randomUUID } from 'node:crypto';
import type { Digest } from '@lading/oci';
import type { Catalog } from '../catalog.ts';
import type { Statements } from '../database/database.ts';
import type { Actor } from '../ledger/actor.ts';
import { unlinkBlob } from './blobs.ts';
import { collectedContent } from './collected-content.ts';
import { forgetContents } from './facts.ts';
import { isHeld } from './held-content.ts';
import { contentItself, review } from './reviews.ts';

/** A blob of a repository. */
export interface Link {
  readonly repository: string;
  readonly digest: Digest;
}

/** Something that a collection has to look at. */
export interface Review {
  readonly digest: Digest;
  /** Undefined for the content itself. */
  readonly link?: { readonly repositoryId: number; readonly repository: string } | undefined;
  readonly since: string;
  /** Of what `condemn()` marked: what another collection, or a purge, marked since is that one's to settle. */
  readonly mark?: string | undefined;
}

/**
 * What an online collection needs of the catalog. Nothing is ever locked as a whole: what is taken away is decided in a short transaction
 * that sees whatever was linked, recorded or leased before it; and what comes after it sees that the content is going.
 *
 * - A link that no manifest of its repository needs goes when nobody asked for it for the time of a lease.
 * - Content that no repository has is marked `going`, its bytes are removed, then it is `gone`. Whoever links such content meanwhile waits,
 *   and writes the bytes again or looks whether they are there: `collectedContent()`.
 */
export interface Collection {
  /**
   * Before content is written that will be linked: content that the registry knows is not collected before `until`. `going` is waited for.
   * What is not known costs a read alone, for nobody collects it.
   */
  protect(digest: Digest, until: Date): Promise<'protected' | 'going'>;
  /** Leases links: no collection takes them for the time of a lease from now on. False for those that are not there. */
  lease(links: readonly Link[], at: Date): Promise<readonly boolean[]>;
  /** Links and content, each once, that were not looked at since a time before `links` or `content`; oldest first. */
  due(
    what: 'links' | 'content',
    before: Date,
    page: { readonly limit: number; readonly after?: Review | undefined },
  ): Promise<readonly Review[]>;
  /** Whether that link would go now. Nothing is changed. */
  isLoose(review: Review, leasedSince: Date): Promise<boolean>;
  /** Unlinks those that are loose, and forgets the others until something changes. Those that were unlinked. */
  unlinkLoose(reviews: readonly Review[], leasedSince: Date, by: Actor | undefined): Promise<readonly Review[]>;
  /** True while a repository, or its trash, has the content in any way, apart from those links. */
  isHeld(digest: Digest, apartFrom?: readonly Review[]): Promise<boolean>;
  /** Marks as going those that nothing holds, and forgets the others. Those that are going now. */
  condemn(reviews: readonly Review[], at: Date): Promise<readonly Review[]>;
  /** The end of `condemn()`: what is gone, and what stays for now because the store has it leased or it is too young. */
  settle(gone: readonly Review[], spared: readonly Review[]): Promise<void>;
  /** What a collection that was broken off had marked. What a purge marked, a purge goes on with. */
  unsettled(): Promise<readonly Review[]>;
  /** Has it looked at when the catalog says nothing of it: what an upload left that was never linked. True when it was unknown. */
  reviewUnknown(digest: Digest, since: Date): Promise<boolean>;
  /** Has links looked at that no manifest needs and that are not waiting for it. How many. */
  reviewLooseLinks(): Promise<number>;
  /** Forgets marks of content that went before that time. */
  forgetGone(before: Date): Promise<void>;
}

export function createCollection({ database, ledger }: Pick<Catalog, 'database' | 'ledger'>): Collection {
  const isLoose = async (statements: Pick<Statements, 'get'>, review: Review, since: Date): Promise<Loose> => {
    const { link, digest } = review;
    if (link === undefined) return 'needed';
    const row = await statements.get(
      'SELECT asked_at FROM blobs WHERE repository_id = ? AND digest = ?',
      link.repositoryId,
      digest,
    );
    if (row === undefined) return 'needed';
    const needed = await statements.get(
      `SELECT 1 AS found WHERE EXISTS (SELECT 1 FROM children WHERE repository_id = ? AND child = ?)
       OR EXISTS (SELECT 1 FROM trash_parts WHERE repository_id = ? AND digest = ?)`,
      link.repositoryId,
      digest,
      link.repositoryId,
      digest,
    );
    if (needed !== undefined) return 'needed';
    return String(row.asked_at) >= since.toISOString() ? 'leased' : 'loose';
  };

  return {
    async protect(digest, until) {
      const known = await database.get(
        `SELECT 1 AS found WHERE EXISTS (SELECT 1 FROM blobs WHERE digest = ?) OR EXISTS (SELECT 1 FROM manifests WHERE digest = ?)
         OR EXISTS (SELECT 1 FROM reviews WHERE repository_id = ? AND digest = ?)`,
        digest,
        digest,
        contentItself,
        digest,
      );
      if (known === undefined) return 'protected';
      return database.transaction(async (statements) => {
        if ((await collectedContent(statements, digest))?.state === 'going') return 'going';
        await review(statements, contentItself, digest, until.toISOString());
        return 'protected';
      });
    },

    async lease(links, at) {
      const time = at.toISOString();
      return database.transaction(async (statements) => {
        const leased: boolean[] = [];
        for (const { repository, digest } of links) {
          const rows = await statements.run(
            'UPDATE blobs SET asked_at = ? WHERE digest = ? AND repository_id = (SELECT id FROM repositories WHERE name = ?)',
            time,
            digest,
            repository,
          );
          leased.push(rows > 0);
        }
        return leased;
      });
    },

    async due(what, before, { limit, after }) {
      const rows = await database.all(
        `SELECT v.repository_id, v.digest, v.since, r.name FROM reviews v LEFT JOIN repositories r ON r.id = v.repository_id
         WHERE v.since < ? AND v.repository_id ${what === 'links' ? '<>' : '='} ${contentItself}
           AND (v.since, v.repository_id, v.digest) > (?, ?, ?)
         ORDER BY v.since, v.repository_id, v.digest LIMIT ?`,
        before.toISOString(),
        after?.since ?? '',
        after?.link?.repositoryId ?? contentItself,
        after?.digest ?? '',
        limit,
      );
      return rows.map((row) => ({
        digest: row.digest as Digest,
        since: String(row.since),
        ...(what === 'links'
          ? { link: { repositoryId: Number(row.repository_id), repository: String(row.name) } }
          : {}),
      }));
    },

    isLoose: async (review, leasedSince) => (await isLoose(database, review, leasedSince)) === 'loose',

    async unlinkLoose(reviews, leasedSince, by) {
      const { loose, leased } = await ledger.write(by, async (page) => {
        const found: { readonly loose: Review[]; readonly leased: Review[] } = { loose: [], leased: [] };
        for (const review of reviews) {
          const state = await isLoose(page, review, leasedSince);
          if (state === 'leased') found.leased.push(review);
          if (state !== 'loose' || review.link === undefined) continue;
          await unlinkBlob(page, review.link.repository, review.digest);
          found.loose.push(review);
        }
        return found;
      });
      // A review that was asked for again meanwhile is another one, by its time.
      await database.transaction(async (statements) => {
        for (const review of reviews) {
          if (leased.includes(review)) await postpone(statements, review);
          else await forget(statements, review);
        }
      });
      return loose;
    },

    async isHeld(digest, apartFrom = []) {
      if (apartFrom.length === 0) return isHeld(database, digest);
      const links = await database.all('SELECT repository_id FROM blobs WHERE digest = ?', digest);
      const gone = new Set(apartFrom.map(({ link }) => link?.repositoryId));
      return links.some((row) => !gone.has(Number(row.repository_id))) || (await isHeld(database, digest, 'no links'));
    },

    async condemn(reviews, at) {
      const time = at.toISOString();
      return database.transaction(async (statements) => {
        const going: Review[] = [];
        for (const review of reviews) {
          if (await hasChanged(statements, review)) continue;
          if (await isHeld(statements, review.digest)) {
            await forget(statements, review);
            await statements.run('DELETE FROM collected WHERE digest = ?', review.digest);
            continue;
          }
          const mark = randomUUID();
          await statements.run(
            `INSERT INTO collected (digest, state, mark, at) VALUES (?, 'going', ?, ?)
             ON CONFLICT (digest) DO UPDATE SET state = excluded.state, mark = excluded.mark, at = excluded.at`,
            review.digest,
            mark,
            time,
          );
          going.push({ ...review, mark });
        }
        return going;
      });
    },

    async settle(gone, spared) {
      await database.transaction(async (statements) => {
        for (const review of gone) {
          await statements.run(
            "UPDATE collected SET state = 'gone' WHERE digest = ? AND mark = ?",
            review.digest,
            review.mark ?? '',
          );
          await forget(statements, review);
          await forgetContents(statements, review.digest, review.since);
        }
        for (const { digest, mark = '' } of spared) {
          await statements.run('DELETE FROM collected WHERE digest = ? AND mark = ?', digest, mark);
        }
      });
    },

    async unsettled() {
      const rows = await database.all(
        "SELECT digest FROM collected WHERE state = 'going' AND mark NOT IN (SELECT id FROM purges) ORDER BY at",
      );
      return rows.map((row) => ({ digest: row.digest as Digest, since: leftover }));
    },

    async reviewUnknown(digest, since) {
      const known = await database.get(
        'SELECT 1 AS found FROM reviews WHERE repository_id = ? AND digest = ?',
        contentItself,
        digest,
      );
      if (known !== undefined || (await isHeld(database, digest))) return false;
      await database.run(
        'INSERT INTO reviews (repository_id, digest, since) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
        contentItself,
        digest,
        since.toISOString(),
      );
      return true;
    },

    reviewLooseLinks: () =>
      database.run(
        `INSERT INTO reviews (repository_id, digest, since) SELECT b.repository_id, b.digest, b.asked_at FROM blobs b
         WHERE NOT EXISTS (SELECT 1 FROM children c WHERE c.repository_id = b.repository_id AND c.child = b.digest)
           AND NOT EXISTS (SELECT 1 FROM reviews v WHERE v.repository_id = b.repository_id AND v.digest = b.digest)`,
      ),

    async forgetGone(before) {
      await database.run("DELETE FROM collected WHERE state = 'gone' AND at < ?", before.toISOString());
    },
  };
}

/** In the place of a time: it was marked, whatever was asked for since. */
const leftover = '';

type Loose = 'loose' | 'leased' | 'needed';

async function forget(statements: Statements, { digest, link, since }: Review): Promise<void> {
  await statements.run(
    'DELETE FROM reviews WHERE repository_id = ? AND digest = ? AND since = ?',
    link?.repositoryId ?? contentItself,
    digest,
    since,
  );
}

/** What was asked for again, or is protected by now, is looked at another time. */
async function hasChanged(statements: Pick<Statements, 'get'>, { digest, since }: Review): Promise<boolean> {
  if (since === leftover) return false;
  const row = await statements.get(
    'SELECT since FROM reviews WHERE repository_id = ? AND digest = ?',
    contentItself,
    digest,
  );
  return row?.since !== since;
}

/** Until the lease that it has now is over. */
async function postpone(statements: Statements, { digest, link, since }: Review): Promise<void> {
  await statements.run(
    `UPDATE reviews SET since = (SELECT asked_at FROM blobs b WHERE b.repository_id = reviews.repository_id AND b.digest = reviews.digest)
     WHERE repository_id = ? AND digest = ? AND since = ?
       AND EXISTS (SELECT 1 FROM blobs b WHERE b.repository_id = reviews.repository_id AND b.digest = reviews.digest)`,
    link?.repositoryId ?? contentItself,
    digest,
    since,
  );
}
