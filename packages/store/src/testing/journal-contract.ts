import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Journal, JournalBatch } from '../journal/journal.ts';
import { type Cases, type ContractOptions, runContract } from './contract.ts';

/** A place for a journal, which several may open at once. */
export interface JournalPlace {
  open(): Promise<Journal>;
}

/** The contract of Journal as tests. `place` gives one with an empty journal. */
export function journalContract(
  name: string,
  place: (t: TestContext) => Promise<JournalPlace>,
  options: ContractOptions = {},
): void {
  runContract(name, place, cases, options);
}

function batch(first: number, text = `batch ${first}`): JournalBatch {
  return { first, bytes: Buffer.from(text) };
}

async function numbers(journal: Journal, from = 1): Promise<number[]> {
  return (await Array.fromAsync(journal.read(from))).map(({ first }) => first);
}

async function texts(journal: Journal, from = 1): Promise<string[]> {
  return (await Array.fromAsync(journal.read(from))).map(({ bytes }) => Buffer.from(bytes).toString());
}

const cases: Cases<JournalPlace> = {
  'gives back what was appended, in order, from a number on': async (place) => {
    const journal = await place.open();
    assert.deepEqual(await numbers(journal), []);
    for (const first of [1, 3, 4, 9, 10, 11]) assert.equal(await journal.append(batch(first)), 'appended');
    assert.deepEqual(await numbers(journal), [1, 3, 4, 9, 10, 11]);
    assert.deepEqual(await numbers(journal, 4), [4, 9, 10, 11]);
    assert.deepEqual(await numbers(journal, 5), [9, 10, 11]);
    assert.deepEqual(await numbers(journal, 12), []);
    assert.deepEqual(await texts(journal, 10), ['batch 10', 'batch 11']);
  },

  'goes on after it was closed': async (place) => {
    const first = await place.open();
    await first.append(batch(1));
    await first.append(batch(2));
    await first.close();
    const second = await place.open();
    assert.equal(await second.append(batch(2, 'another')), 'taken');
    assert.equal(await second.append(batch(3)), 'appended');
    assert.deepEqual(await numbers(second), [1, 2, 3]);
  },

  'gives a number once, also to several that have it open': async (place) => {
    const [one, two] = [await place.open(), await place.open()];
    assert.equal(await one.append(batch(1, 'one')), 'appended');
    assert.equal(await two.append(batch(1, 'two')), 'taken');
    assert.equal(await two.append(batch(2, 'two')), 'appended');
    assert.equal(await one.append(batch(2, 'one')), 'taken');
    assert.equal(await one.append(batch(3, 'one')), 'appended');
    assert.deepEqual(await texts(two), ['one', 'two', 'one']);
  },

  'gives a number once, however far others went on meanwhile': async (place) => {
    const [one, two] = [await place.open(), await place.open()];
    for (let first = 1; first < 30; first += 4) {
      assert.equal(await one.append(batch(first)), 'appended');
      for (const more of [1, 2, 3]) assert.equal(await two.append(batch(first + more)), 'appended');
      assert.equal(await one.append(batch(first + 3, 'again')), 'taken');
    }
    assert.deepEqual(
      await texts(one),
      Array.from({ length: 32 }, (_, i) => `batch ${i + 1}`),
    );
  },

  'replaces the bytes of batches and nothing else': async (place) => {
    const [one, two] = [await place.open(), await place.open()];
    for (const first of [1, 2, 3, 4]) await one.append(batch(first));
    await two.replace([2, 4], (bytes) => Buffer.from(`no ${Buffer.from(bytes)}`));
    assert.deepEqual(await texts(one), ['batch 1', 'no batch 2', 'batch 3', 'no batch 4']);
    assert.equal(await one.append(batch(4)), 'taken');
    assert.equal(await one.append(batch(5)), 'appended');
    assert.deepEqual(await texts(two), ['batch 1', 'no batch 2', 'batch 3', 'no batch 4', 'batch 5']);
  },

  'takes batches of a mebibyte': async (place) => {
    const journal = await place.open();
    await journal.append(batch(1, 'x'.repeat(1 << 20)));
    await journal.append(batch(2, 'y'.repeat(1 << 20)));
    assert.deepEqual(
      (await texts(journal)).map((text) => [text.length, text[0]]),
      [
        [1 << 20, 'x'],
        [1 << 20, 'y'],
      ],
    );
  },
};
