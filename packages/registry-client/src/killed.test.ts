import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { drain } from '@lading/bytes';
import { descriptorOf } from '@lading/oci';
import { mixedBytes, startDockerRegistry, temporaryFolder } from '@lading/testkit';
import { anonymous, openRegistry } from './index.ts';

const worker = join(import.meta.dirname, 'testing/push-worker.ts');

test('a client that is killed in the middle of pushes to docker-registry ends them right when it is started again', async (t) => {
  const server = await startDockerRegistry(t);
  if (server === undefined) return;
  const folder = await temporaryFolder(t);
  const registry = openRegistry({ registry: server.host, credentials: anonymous });
  t.after(() => registry.close());
  const uploads = join(server.folder, 'data/docker/registry/v2/repositories/app/_uploads');
  let state = 7;
  const random = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % below;
  };
  for (let round = 0; round < (process.env.CI === 'true' ? 6 : 1); round++) {
    const data = Buffer.alloc(24 << 20, mixedBytes(100_003, round + 1));
    const blob = descriptorOf(data, 'application/octet-stream');
    const file = join(folder, 'blob');
    await writeFile(file, data);
    let held = 0;
    for (let kills = 0; ; ) {
      const child: ChildProcessByStdio<null, Readable, null> = spawn(
        process.execPath,
        [
          '--disable-warning=ExperimentalWarning',
          worker,
          server.host,
          join(folder, 'uploads'),
          file,
          blob.digest,
          String(blob.size),
        ],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
      const ended = once(child, 'exit') as Promise<[number | null]>;
      const [said] = (await once(child.stdout, 'data')) as [Buffer];
      const from = Number(/^from (\d+)/.exec(said.toString())?.[1]);
      // After a broken chunk docker-registry takes none of the URLs that it gave: only what it acknowledged last, or nothing, is left.
      assert.ok(from === 0 || from === held, `it goes on from ${from} and not from ${held}`);
      if (kills++ < 3) {
        await sleep(random(200));
        child.kill('SIGKILL');
      }
      const [code] = await ended;
      if (code === 0) break;
      assert.equal(code, null);
      await sleep(50);
      held = await heldIn(uploads);
    }
    assert.equal(await drain(await registry.repository('app').content.open(blob)), data.length);
    assert.deepEqual(await readdir(join(folder, 'uploads')), []);
  }
});

/** The bytes of the one upload that there is. */
async function heldIn(uploads: string): Promise<number> {
  const sizes = await Promise.all(
    (await readdir(uploads).catch(() => [])).map((id) =>
      stat(join(uploads, id, 'data')).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return Math.max(0, ...sizes);
}
