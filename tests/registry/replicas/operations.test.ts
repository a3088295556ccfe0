import assert from 'node:assert/strict';
import { test } from 'node:test';
import { temporaryFolder } from '@lading/testkit';
import { openCluster } from './cluster.ts';
import { createHistory } from './history.ts';
import { imageOf } from './image.ts';
import { drop, read, write } from './operations.ts';
import { roundOf, type Shared } from './shared.ts';

test('a manifest that is deleted takes only tags with it whose histories are told', async (t) => {
  const cluster = await openCluster({ folder: await temporaryFolder(t), kind: 'local', leaseMs: 60_000 });
  try {
    const options = { cluster, seed: 1, operations: 0, leaseMs: 60_000 };
    const shared: Shared = { options, history: createHistory(), done: {}, wrong: [], drops: new Map(), operations: 0 };
    // Registers of a round that is long over, and those in use: all hold the content that comes and goes.
    const commonOf = (tag: string) => imageOf('common', roundOf(tag));
    for (const tag of ['t0-0', 't2-0', 't2-1']) assert.ok(await write(shared, 0, tag, commonOf(tag), undefined));
    await drop(shared, 1, 't2-0', commonOf('t2-0').digest);
    assert.equal(await read(shared, 0, 't2-0'), null);
    assert.equal(await read(shared, 0, 't2-1'), null);
    assert.equal(await read(shared, 0, 't0-0'), commonOf('t0-0').digest);
    assert.deepEqual([shared.wrong, shared.history.contradictions()], [[], []]);
  } finally {
    await cluster.close();
  }
});
