import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { guardServer } from './server-guard.ts';
import { temporaryFolder } from './temporary-folder.ts';

test('a server and its folder go with a process that is killed', async (t) => {
  const folder = join(await temporaryFolder(t), 'server');
  await mkdir(folder);
  const program = `
    import { spawn } from 'node:child_process';
    import { guardServer } from ${JSON.stringify(join(import.meta.dirname, 'server-guard.ts'))};
    const guard = guardServer(${JSON.stringify(folder)}, 'QUIT');
    guard.watch(spawn('sleep', ['0']).once('exit', () => {
      const server = spawn('sleep', ['600']);
      guard.watch(server);
      console.log(server.pid);
    }));`;
  const starter = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = await once(starter.stdout, 'data');
  const pid = Number(said);
  assert.ok(isRunning(pid));
  starter.kill('SIGKILL');
  for (const end = Date.now() + 15_000; (isRunning(pid) || existsSync(folder)) && Date.now() < end; ) await delay(20);
  assert.deepEqual([isRunning(pid), existsSync(folder)], [false, false]);
});

test('end() ends the server and removes its folder', async (t) => {
  const folder = join(await temporaryFolder(t), 'server');
  await mkdir(folder);
  const guard = guardServer(folder, 'KILL');
  const server = spawn('sleep', ['600']);
  guard.watch(server);
  await guard.end();
  assert.deepEqual([isRunning(server.pid ?? 0), existsSync(folder)], [false, false]);
  await guard.end();
});

/** A zombie does not run any more. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
