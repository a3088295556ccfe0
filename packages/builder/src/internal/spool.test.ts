import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { collect, fromBuffer, rechunk } from '@lading/bytes';
import { mixedBytes, temporaryFolder } from '@lading/testkit';
import { Spool } from './spool.ts';

test('a spool gives back what several added at the same time, in any order, and leaves no file', async (t) => {
  const folder = await temporaryFolder(t);
  const spool = await Spool.create(folder);
  const parts = [0, 1, 3_000_000, 70_000, 1 << 20].map((size, seed) => mixedBytes(size, seed));
  const stretches = await Promise.all(parts.map((part) => spool.add(rechunk(fromBuffer(part), 50_000), part.length)));
  for (const at of [4, 2, 0, 1, 3, 2]) {
    const stretch = stretches[at];
    assert.ok(stretch);
    const read = await collect(spool.read(stretch), { maxBytes: 1 << 24, what: 'a part' });
    assert.ok(read.equals(parts[at] ?? Buffer.of(1)), `part ${at}`);
  }
  assert.equal(
    spool.size,
    parts.reduce((sum, part) => sum + part.length, 0),
  );
  await spool.close();
  assert.deepEqual(await readdir(folder), []);
});
