import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isLadingError } from '@lading/errors';
import { startHttpServer } from '@lading/testkit';
import { anonymous } from './credentials/credentials.ts';
import { openRegistry } from './registry.ts';
import { SharedWork } from './shared-work.ts';

const isInterrupted = (error: unknown): boolean => isLadingError(error, 'INTERRUPTED');

test('shared work is done once; who is interrupted leaves alone, and the last one ends it', async () => {
  const shared = new SharedWork<string>();
  const begun: AbortSignal[] = [];
  const work = (signal: AbortSignal): Promise<string> => {
    begun.push(signal);
    return sleep(50, 'done', { signal, ref: false });
  };
  const [first, second] = [new AbortController(), new AbortController()];
  const one = shared.run('key', first.signal, work);
  const two = shared.run('key', second.signal, work);
  const three = shared.run('key', undefined, work);
  first.abort();
  await assert.rejects(one, isInterrupted);
  assert.deepEqual([await two, await three, begun.length], ['done', 'done', 1]);

  const alone = shared.run('key', second.signal, work);
  second.abort();
  await assert.rejects(alone, isInterrupted);
  assert.deepEqual([begun.length, begun[1]?.aborted], [2, true], 'nobody waits any more');
  await assert.rejects(shared.run('key', second.signal, work), isInterrupted);
  assert.equal(await shared.run('key', undefined, work), 'done', 'and it can begin anew');
});

test('finding out how to speak to a registry goes on for the others when the first who asked is interrupted', async (t) => {
  const waiting: ServerResponse[] = [];
  const server = await startHttpServer(t, (_, response) => {
    if (waiting.push(response) > 1) response.end('{}');
  });
  const registry = openRegistry({ registry: server.host, credentials: anonymous });
  t.after(() => registry.close());
  const first = new AbortController();
  const one = registry.ping({ signal: first.signal });
  const two = registry.ping();
  while (waiting.length === 0) await sleep(5);
  first.abort();
  await assert.rejects(one, isInterrupted);
  waiting[0]?.end('{}');
  await two;
  assert.equal(waiting.length, 2, 'asked once, and then for the second');
});
