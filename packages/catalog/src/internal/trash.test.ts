import assert from 'node:assert/strict';
import { digestOf } from '@lading/oci';
import { openCatalog } from '../open-catalog.ts';
import { testEverywhere } from '../testing/places.ts';
import { ensureRepository } from './repositories.ts';
import { listTrash } from './trash.ts';

testEverywhere(
  'the trash is listed whole, latest first, also where more was removed at one time than is read at once',
  async (t, place) => {
    const catalog = await openCatalog(place);
    t.after(() => catalog.close());
    const times = ['2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z'];
    const added: string[] = [];
    await catalog.database.transaction(async (statements) => {
      for (const repository of ['one', 'two']) {
        const id = await ensureRepository(statements, repository, times[0] ?? '');
        for (let number = 0; number < 700; number++) {
          // The same digests in both: neither they nor the times tell two entries apart.
          const digest = digestOf(String(number));
          const at = times[number < 20 ? 1 : 0] ?? '';
          await statements.run(
            "INSERT INTO trash (repository_id, digest, size, media_type, tags, at) VALUES (?, ?, 1, 'text/plain', '[]', ?)",
            id,
            digest,
            at,
          );
          added.push(`${at} ${repository} ${digest}`);
        }
      }
    });
    const listed = await Array.fromAsync(
      listTrash(catalog.database),
      ({ removedAt, repository, descriptor }) => `${removedAt.toISOString()} ${repository} ${descriptor.digest}`,
    );
    assert.deepEqual(listed.toSorted(), added.toSorted());
    const dates = listed.map((line) => line.slice(0, 24));
    assert.deepEqual(dates, dates.toSorted().reverse());
    const one = await Array.fromAsync(listTrash(catalog.database, { repository: 'one' }));
    assert.equal(one.length, 700);
    assert.ok(one.every(({ repository }) => repository === 'one'));
  },
);
