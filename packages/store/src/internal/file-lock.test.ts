import assert from 'node:assert/strict';
import { readdir, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isLadingError } from '@lading/errors';
import { temporaryFolder } from '@lading/testkit';
import { withFileLock } from './file-lock.ts';

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
  // Above every pid that Linux gives out.
  await writeFile(path, JSON.stringify({ host: hostname(), pid: 2 ** 22 + 1, nonce: 'x' }));
  assert.equal(await withFileLock(path, async () => 'dead'), 'dead');
  await writeFile(path, JSON.stringify({ host: 'elsewhere', pid: 1, nonce: 'x' }));
  const past = new Date(Date.now() - 60_000);
  await utimes(path, past, past);
  assert.equal(await withFileLock(path, async () => 'old'), 'old');
});

test('withFileLock() waits for a living holder until the signal fires', async (t) => {
  const path = join(await temporaryFolder(t), 'lock');
  await writeFile(path, JSON.stringify({ host: 'elsewhere', pid: 1, nonce: 'x' }));
  await assert.rejects(
    withFileLock(path, async () => 'never', { signal: AbortSignal.timeout(30) }),
    (error) => isLadingError(error, 'INTERRUPTED'),
  );
});
