import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advantage, summarize } from './statistics.ts';

test('summarize() takes the middle value of an odd number, by size and not by text', () => {
  assert.deepEqual(summarize([100, 9, 20]), { runs: 3, median: 20, min: 9, max: 100 });
});

test('summarize() takes the mean of the two in the middle of an even number', () => {
  assert.deepEqual(summarize([4, 1, 3, 2]), { runs: 4, median: 2.5, min: 1, max: 4 });
});

test('summarize() leaves the order of its input alone', () => {
  const values = [3, 1, 2];
  summarize(values);
  assert.deepEqual(values, [3, 1, 2]);
});

test('summarize() refuses to summarize nothing', () => {
  assert.throws(() => summarize([]), RangeError);
});

test('advantage() is above 1 for the faster one, whether times or rates are compared', () => {
  const [one, two] = [summarize([1]), summarize([2])];
  assert.equal(advantage(one, two, 'less'), 2);
  assert.equal(advantage(two, one, 'less'), 0.5);
  assert.equal(advantage(two, one, 'more'), 2);
});
