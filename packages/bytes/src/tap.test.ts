import assert from 'node:assert/strict';
import { test } from 'node:test';
import { watchedBytes } from '@lading/testkit';
import { drain } from './drain.ts';
import { tap } from './tap.ts';

test('tap() shows each chunk once, before the reader has it', async () => {
  const seen: string[] = [];
  const source = watchedBytes([Buffer.from('a'), Buffer.from('b')]);
  assert.equal(await drain(tap(source.bytes, (chunk) => seen.push(Buffer.from(chunk).toString()))), 2);
  assert.deepEqual(seen, ['a', 'b']);
});

test('tap() releases the source when the look throws', async () => {
  const source = watchedBytes([Buffer.from('a'), Buffer.from('b')]);
  const bytes = tap(source.bytes, () => {
    throw new Error('seen enough');
  });
  await assert.rejects(drain(bytes), /seen enough/);
  assert.equal(source.released, true);
});
