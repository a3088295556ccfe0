import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inRounds } from './rounds.ts';

test('inRounds() measures everyone in every round, each round beginning with another', async () => {
  const order: string[] = [];
  const contender = (name: string) => ({ name, measure: async () => order.push(name) });
  const samples = await inRounds(3, [contender('a'), contender('b'), contender('c')]);
  assert.deepEqual(order, ['a', 'b', 'c', 'b', 'c', 'a', 'c', 'a', 'b']);
  assert.deepEqual(samples.get('a'), [1, 6, 8]);
});
