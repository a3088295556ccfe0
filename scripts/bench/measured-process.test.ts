import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { temporaryFolder } from '@lading/testkit';
import { measureProcess, TookTooLong } from './measured-process.ts';

test('measureProcess() measures a program, and says how one failed', async (t) => {
  const folder = await temporaryFolder(t);
  const { wallMs } = await measureProcess(['/bin/sh', '-c', 'exit 0'], { folder });
  assert.ok(wallMs > 0);
  await assert.rejects(measureProcess(['/bin/sh', '-c', 'echo no >&2; exit 3'], { folder }), /ended with 3:\nno/);
});

test('measureProcess() ends what takes too long, with all that it started', async (t) => {
  const folder = await temporaryFolder(t);
  const script = ['/bin/sh', '-c', `cd ${folder} && { sleep 60 & echo $! > pid; wait; }`] as const;
  await assert.rejects(measureProcess(script, { folder, timeoutMs: 300 }), TookTooLong);
  const pid = Number(await readFile(`${folder}/pid`, 'utf8'));
  const isRunning = async (): Promise<boolean> =>
    /^State:\s+[^ZX]/m.test(await readFile(`/proc/${pid}/status`, 'utf8').catch(() => ''));
  for (let tries = 0; tries < 50 && (await isRunning()); tries++) await setTimeout(20);
  assert.equal(await isRunning(), false);
});
