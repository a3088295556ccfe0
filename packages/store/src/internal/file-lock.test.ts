import assert from 'node:assert/strict';
import { readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isLadingError } from '@lading/errors';
import { temporaryFolder } from '@lading/testkit';
import { waitForHolder, withFileLock } from './file-lock.ts';
import { processMark } from './process-mark.ts';

test('withFileLock() lets one in at a time, also after one failed, and leaves no file', async (t) => {
  const folder = await temporaryFolder(t);
  let inside = 0;
  const results = await Promise.allSettled(
    Array.from({ length: 10 }, (_, index) =>
      withFileLock(join(folder, 'sub', 'lock'), async () => {
        assert.equal(++inside, 1);
        await sleep(1);
        inside--;
        if (index === 3) throw new Error('failed inside');
        return index;
      }),
    ),
  );
  assert.equal(results.filter((result) => result.status === 'rejected').length, 1);
  assert.deepEqual(await readdir(join(folder, 'sub')), []);
});

test('withFileLock() breaks the lock of a process that died, and a very old one', async (t) => {
  const path = join(await temporaryFolder(t), 'lock');
  const [host, pid] = processMark().split('.');
  // Above every pid that Linux gives out.
  await writeFile(path, `${host}.${2 ** 22 + 1}.0.x`);
  assert.equal(await withFileLock(path, async () => 'dead'), 'dead');
  await writeFile(path, `${host}.${pid}.another-start.x`);
  assert.equal(await withFileLock(path, async () => 'another of the same number'), 'another of the same number');
  await writeFile(path, 'elsewhere.1.0.x');
  const past = new Date(Date.now() - 60_000);
  await utimes(path, past, past);
  assert.equal(await withFileLock(path, async () => 'old'), 'old');
});

test('withFileLock() waits for a living holder until the signal fires', async (t) => {
  const path = join(await temporaryFolder(t), 'lock');
  await writeFile(path, 'elsewhere.1.0.x');
  await assert.rejects(
    withFileLock(path, async () => 'never', { signal: AbortSignal.timeout(30) }),
    (error) => isLadingError(error, 'INTERRUPTED'),
  );
});

test('waitForHolder() waits for the one that holds the lock now, and not for the next', async (t) => {
  const path = join(await temporaryFolder(t), 'lock');
  assert.equal(await waitForHolder(path), 'free');
  const order: string[] = [];
  const first = withFileLock(path, () => sleep(30).then(() => void order.push('first')));
  const second = withFileLock(path, () => sleep(200).then(() => void order.push('second')));
  await sleep(10);
  assert.equal(await waitForHolder(path), 'released');
  assert.deepEqual(order, ['first']);
  await Promise.all([first, second]);
  await writeFile(path, `${processMark().split('.')[0]}.${2 ** 22 + 1}.0.x`);
  assert.equal(await waitForHolder(path), 'stale');
});
