import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { temporaryFolder } from '@lading/testkit';
import { createMemoryJournal } from '../memory/memory-journal.ts';
import { journalContract } from '../testing/journal-contract.ts';
import { openDirectoryJournal } from './directory-journal.ts';
import { encodeFrame } from './frame.ts';
import type { Journal } from './journal.ts';

journalContract('directory journal', async (t) => {
  const folder = await temporaryFolder(t);
  return { open: () => opened(t, folder) };
});

journalContract('directory journal of small files', async (t) => {
  const folder = await temporaryFolder(t);
  return { open: () => opened(t, folder, 40) };
});

journalContract('memory journal', async () => {
  const journal = createMemoryJournal();
  return { open: async () => journal };
});

async function opened(t: TestContext, folder: string, segmentBytes?: number): Promise<Journal> {
  const journal = await openDirectoryJournal(folder, { segmentBytes });
  t.after(() => journal.close());
  return journal;
}

async function filled(t: TestContext, count: number): Promise<{ folder: string; path: string; journal: Journal }> {
  const folder = await temporaryFolder(t);
  const journal = await opened(t, folder);
  for (let first = 1; first <= count; first++) {
    await journal.append({ first, bytes: Buffer.from(`batch ${first}`) });
  }
  const [name = ''] = await readdir(folder);
  return { folder, path: join(folder, name), journal };
}

async function numbers(journal: Journal): Promise<number[]> {
  return (await Array.fromAsync(journal.read(1))).map(({ first }) => first);
}

test('a line that was cut off anywhere is nothing, and the next append takes its place', async (t) => {
  const { folder, path } = await filled(t, 3);
  const whole = await readFile(path);
  const start = whole.length - encodeFrame({ first: 3, bytes: Buffer.from('batch 3') }).length;
  for (let length = start; length < whole.length; length++) {
    await writeFile(path, whole.subarray(0, length));
    const journal = await opened(t, folder);
    assert.deepEqual(await numbers(journal), [1, 2]);
    assert.equal(await journal.append({ first: 3, bytes: Buffer.from('again') }), 'appended');
    assert.deepEqual(await numbers(journal), [1, 2, 3]);
    await journal.close();
  }
});

test('zeros and old lines after the end, as a power loss leaves them, are nothing', async (t) => {
  const { folder, path } = await filled(t, 3);
  const whole = await readFile(path);
  for (const rest of [Buffer.alloc(5000), whole, Buffer.concat([Buffer.from('x\n'), whole])]) {
    await writeFile(path, Buffer.concat([whole, rest]));
    const journal = await opened(t, folder);
    assert.deepEqual(await numbers(journal), [1, 2, 3]);
    assert.equal(await journal.append({ first: 4, bytes: Buffer.from('four') }), 'appended');
    assert.deepEqual(await numbers(journal), [1, 2, 3, 4]);
    await journal.close();
  }
});

test('what a replacement left that a crash broke off goes with the next one', async (t) => {
  const { folder, path, journal } = await filled(t, 3);
  await writeFile(join(folder, '.broken-off.tmp'), 'batch 2');
  await journal.replace([2], () => Buffer.from('nothing'));
  assert.deepEqual(await readdir(folder), [basename(path)]);
  assert.equal((await readFile(path, 'utf8')).includes('batch 2'), false);
});

test('a changed byte before the end is reported, and nothing is written after it', async (t) => {
  const { folder, path } = await filled(t, 3);
  const whole = await readFile(path);
  for (let at = 0; at < whole.length - 20; at++) {
    const changed = Buffer.from(whole);
    changed[at] = (changed[at] ?? 0) ^ 1;
    await writeFile(path, changed);
    const journal = await opened(t, folder);
    const damaged = (error: unknown): boolean => isLadingError(error, 'JOURNAL_DAMAGED');
    await assert.rejects(numbers(journal), damaged);
    await assert.rejects(journal.append({ first: 4, bytes: Buffer.from('four') }), damaged);
    await journal.close();
  }
});
