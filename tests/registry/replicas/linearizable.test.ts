import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createRandom } from '../../crash/random.ts';
import { type Action, findContradiction, type Operation, type Value } from './linearizable.ts';

/** What several clients of a real register see: every operation takes effect at a moment between its call and its answer. */
function realHistory(seed: number, length: number): Operation[] {
  const random = createRandom(seed);
  const values: Value[] = ['a', 'b', 'c', null];
  let state: Value = null;
  let clock = 0;
  const free = [0, 0, 0, 0];
  const planned = Array.from({ length }, () => {
    const client = random.below(free.length);
    const from = Math.max(free[client] ?? 0, clock) + random.next();
    const moment = from + random.next();
    const to = moment + random.next() * 3;
    free[client] = to;
    clock += random.next() * 0.7;
    return { from, moment, to };
  });
  return planned
    .toSorted((a, b) => a.moment - b.moment)
    .map(({ from, to }): Operation => {
      const lost = random.chance(0.08);
      // Some that are never answered never happen.
      const happens = !lost || random.chance(0.5);
      const value = random.pick(values);
      const expected = random.pick([state, random.pick(values)]);
      const held = state;
      const actions: Action[] = [
        { kind: 'read', value: held },
        { kind: 'write', value },
        { kind: 'swap', expected, value, done: expected === held },
        { kind: 'remove', done: held !== null },
        { kind: 'drop', value },
      ];
      const action = random.pick(actions);
      if (happens) {
        if (action.kind === 'write') state = value;
        if (action.kind === 'swap' && action.done) state = value;
        if (action.kind === 'remove') state = null;
        if (action.kind === 'drop' && held === value) state = null;
      }
      return { from, to: lost ? undefined : to, action };
    });
}

const seeds = fc.integer({ min: 0, max: 1e9 });

test('what clients of a register see is linearizable', () => {
  fc.assert(
    fc.property(seeds, fc.integer({ min: 1, max: 80 }), (seed, length) => {
      assert.equal(findContradiction(realHistory(seed, length)), undefined);
    }),
    { numRuns: 300 },
  );
});

test('a read of what was overwritten before it began, or never written, is found', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const history = realHistory(seed, 40);
      const end = Math.max(...history.map(({ from, to }) => to ?? from)) + 1;
      const late = (at: number, action: Action): Operation => ({ from: end + at, to: end + at + 0.5, action });
      const unanswered = history.map((operation): Operation => ({ ...operation, to: operation.to ?? end }));
      const settled = unanswered.filter((_, at) => history[at]?.to !== undefined);
      const stale = [late(1, { kind: 'write', value: 'x' }), late(2, { kind: 'write', value: 'y' })];
      assert.ok(findContradiction([...history, ...stale, late(3, { kind: 'read', value: 'x' })]));
      assert.equal(findContradiction([...history, ...stale, late(3, { kind: 'read', value: 'y' })]), undefined);
      assert.ok(findContradiction([...settled, late(1, { kind: 'read', value: 'never' })]));
    }),
    { numRuns: 100 },
  );
});

test('two swaps of the same value cannot both succeed, and one that failed though it had to succeed is found', () => {
  const at = (from: number, to: number, action: Action): Operation => ({ from, to, action });
  const swap = (value: string, done: boolean): Action => ({ kind: 'swap', expected: 'a', value, done });
  const written = at(0, 1, { kind: 'write', value: 'a' });
  assert.ok(findContradiction([written, at(2, 5, swap('b', true)), at(3, 6, swap('c', true))]));
  assert.equal(findContradiction([written, at(2, 5, swap('b', true)), at(3, 6, swap('c', false))]), undefined);
  assert.ok(findContradiction([written, at(2, 3, swap('b', false)), at(4, 5, { kind: 'read', value: 'a' })]));
});

test('what was never answered may happen late, or never, and once at most', () => {
  const at = (from: number, to: number | undefined, action: Action): Operation => ({ from, to, action });
  const lost = at(0, undefined, { kind: 'write', value: 'lost' });
  const read = (from: number, value: Value): Operation => at(from, from + 0.5, { kind: 'read', value });
  assert.equal(findContradiction([lost, read(1, null), read(2, 'lost')]), undefined);
  assert.equal(findContradiction([lost, read(1, null)]), undefined);
  assert.ok(findContradiction([lost, read(1, 'lost'), read(2, null)]));
  const written = at(3, 3.5, { kind: 'write', value: 'next' });
  assert.ok(findContradiction([lost, read(1, 'lost'), written, read(4, 'next'), read(5, 'lost')]));
});
