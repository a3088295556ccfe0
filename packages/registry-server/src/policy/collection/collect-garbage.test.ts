import assert from 'node:assert/strict';
import { test } from 'node:test';
import { removeManifest } from '@lading/catalog';
import type { Digest } from '@lading/oci';
import { startPostgres } from '@lading/testkit';
import fc from 'fast-check';
import { happen, history, openTestParts, repositories, type TestParts } from '../../testing/random-history.ts';
import { applyRetention, previewRetention } from '../retention/apply-retention.ts';
import { collectGarbage, findLostContent, type Garbage, previewGarbage } from './collect-garbage.ts';

const config = { leaseMs: 20_000, graceMs: 0, uploadsMs: 0 };

function sorted({ links, content }: Garbage): { links: string[]; content: string[] } {
  return {
    links: links.map(({ repository, digest }) => `${repository}@${digest}`).sort(),
    content: content.map(({ digest, size }) => `${digest} ${size}`).sort(),
  };
}

/** Everything that something in a repository, or in its trash, needs, and that is not there. */
async function dangling({ catalog, content }: TestParts): Promise<readonly string[]> {
  const needed = await catalog.database.all(
    'SELECT digest FROM manifests UNION SELECT digest FROM blobs UNION SELECT child FROM children UNION SELECT digest FROM trash UNION SELECT digest FROM trash_parts',
  );
  const missing: string[] = [];
  for (const { digest } of needed)
    if ((await content.stat(digest as Digest)) === undefined) missing.push(String(digest));
  return missing;
}

test('a collection removes exactly what its preview says, and nothing that anything needs, whatever happened before', async () => {
  let removed = 0;
  await fc.assert(
    fc.asyncProperty(history, history, async (first, second) => {
      const parts = await openTestParts();
      try {
        for (const steps of [first, second]) {
          await happen(parts, steps);
          const preview = await previewGarbage({ ...parts, config });
          const outcome = await collectGarbage({ ...parts, config });
          assert.deepEqual(sorted(outcome), sorted(preview));
          assert.equal(outcome.failures, 0);
          assert.deepEqual(await dangling(parts), []);
          removed += outcome.content.length;
        }
      } finally {
        await parts.catalog.close();
      }
    }),
    { numRuns: 40 },
  );
  assert.ok(removed > 0, 'there was something to remove');
});

test('once nothing refers to anything, everything goes', async () => {
  await fc.assert(
    fc.asyncProperty(history, async (steps) => {
      const parts = await openTestParts();
      const { catalog, content } = parts;
      try {
        await happen(parts, steps);
        for (const repository of repositories) {
          for (const { digest } of await catalog.database.all(
            'SELECT m.digest FROM manifests m JOIN repositories r ON r.id = m.repository_id WHERE r.name = ?',
            repository,
          )) {
            await catalog.ledger.write(undefined, (page) =>
              removeManifest(page, repository, digest as Digest, { restorable: false }),
            );
          }
        }
        const trash = await catalog.database.all(
          'SELECT r.name, t.digest FROM trash t JOIN repositories r ON r.id = t.repository_id',
        );
        await catalog.ledger.write(undefined, async (page) => {
          for (const { name, digest } of trash) {
            await page.enter({ kind: 'trash.expired', repository: String(name), digest: digest as Digest });
          }
        });
        parts.pass(60_000);
        await collectGarbage({ ...parts, config });
        assert.deepEqual(await Array.fromAsync(content.list()), []);
        const [usage] = await catalog.database.all(
          'SELECT sum(bytes) AS bytes, sum(blobs) AS blobs FROM repository_usage',
        );
        assert.deepEqual([usage?.bytes, usage?.blobs], [0, 0]);
      } finally {
        await catalog.close();
      }
    }),
    { numRuns: 25 },
  );
});

test('usage that is counted step by step is what a count of everything gives', async () => {
  await fc.assert(
    fc.asyncProperty(history, async (steps) => {
      const parts = await openTestParts();
      const { database } = parts.catalog;
      try {
        await happen(parts, steps);
        const counted = await database.all(
          `SELECT repository_id, SUM(size) AS bytes, SUM(CASE WHEN holders = 1 THEN size ELSE 0 END) AS exclusive_bytes, SUM(blob) AS blobs
           FROM (SELECT b.repository_id, b.size, 1 AS blob, (SELECT count(*) FROM blobs o WHERE o.digest = b.digest) AS holders FROM blobs b
             UNION ALL SELECT m.repository_id, m.size, 0, (SELECT count(*) FROM manifests o WHERE o.digest = m.digest) FROM manifests m) held
           GROUP BY repository_id ORDER BY repository_id`,
        );
        const kept = await database.all(
          'SELECT repository_id, bytes, exclusive_bytes, blobs FROM repository_usage WHERE repository_id <> 0 AND bytes > 0 ORDER BY repository_id',
        );
        assert.deepEqual(
          kept.map((row) => ({ ...row })),
          counted.map((row) => ({ ...row })),
        );
      } finally {
        await parts.catalog.close();
      }
    }),
    { numRuns: 40 },
  );
});

test('collections, retention and their previews say the same on PostgreSQL', async (t) => {
  const url = await startPostgres(t);
  if (url === undefined) return;
  const parts = await openTestParts({ url });
  const { catalog, now } = parts;
  const retention = { protect: [], tags: [{ match: ['v*'], newest: 1 }], untaggedMs: 10_000 };
  const rules = { catalog, config: { rules: [{ repositories: ['**'], retention }], trashMs: 0, leaseMs: 0 }, now };
  const removed = { links: 0, content: 0, retention: 0 };
  for (const steps of fc.sample(history, { numRuns: 12, seed: 4 })) {
    await happen(parts, steps);
    const planned = await Array.fromAsync(previewRetention(rules));
    assert.deepEqual(await Array.fromAsync(applyRetention(rules)), planned);
    parts.pass(5000);
    const preview = await previewGarbage({ ...parts, config });
    const outcome = await collectGarbage({ ...parts, config });
    assert.deepEqual(sorted(outcome), sorted(preview));
    assert.deepEqual(await dangling(parts), []);
    removed.links += outcome.links.length;
    removed.content += outcome.content.length;
    removed.retention += planned.length;
  }
  assert.ok(
    Object.values(removed).every((count) => count > 0),
    JSON.stringify(removed),
  );
  await catalog.close();
});

test('content that is missing from the store does not keep a collection from the rest', async () => {
  const parts = await openTestParts();
  const { catalog, content } = parts;
  await happen(parts, [
    { kind: 'link', repository: 0, blob: 1 },
    { kind: 'link', repository: 0, blob: 2 },
    { kind: 'pass', ms: 60_000 },
  ]);
  const [lost] = await Array.fromAsync(content.list());
  await content.delete(lost?.digest as Digest);
  const outcome = await collectGarbage({ ...parts, config });
  assert.deepEqual([outcome.links.length, outcome.content.length, outcome.failures], [2, 1, 0]);
  assert.deepEqual(await Array.fromAsync(content.list()), []);
  assert.deepEqual(await catalog.database.all('SELECT * FROM reviews'), []);
  await catalog.close();
});

test('content of an upload that was never linked is found by the full run alone', async () => {
  const parts = await openTestParts();
  const ingest = await parts.content.begin();
  await ingest.append(
    (async function* () {
      yield Buffer.from('nobody knows me');
    })(),
  );
  await ingest.commit();
  assert.equal((await collectGarbage({ ...parts, config })).content.length, 0);
  assert.deepEqual(await findLostContent({ ...parts, now: () => new Date(0) }), { content: 1, links: 0 });
  // The store's own clock is real, the catalog's is not: what it dates to now is to come.
  parts.pass(Date.now());
  assert.equal((await collectGarbage({ ...parts, config })).content.length, 1);
  await parts.catalog.close();
});
