import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { temporaryFolder } from '@lading/testkit';
import { connectForSigning } from './ssh-agent-connection.ts';

const list = Buffer.from([0, 0, 0, 1, 11]);
const keys = Buffer.from([0, 0, 0, 5, 12, 0, 0, 0, 0]);
const removeAll = Buffer.from([0, 0, 0, 1, 19]);
const failure = Buffer.from([0, 0, 0, 1, 5]);

/** An agent that answers slowly and, as OpenSSH's does, drops what it owes when it reads the end. */
async function slowAgent(t: TestContext): Promise<{ path: string; ends: () => number }> {
  const path = join(await temporaryFolder(t), 'agent');
  let ends = 0;
  const server = createServer({ allowHalfOpen: true }, (socket: Socket) => {
    let answered = Promise.resolve();
    socket.on('data', (chunk: Buffer) => {
      for (let at = 0; at < chunk.length; at += 5) {
        const type = chunk[at + 4];
        answered = answered.then(async () => {
          await sleep(20);
          if (!socket.destroyed) socket.write(type === 11 ? keys : failure);
        });
      }
    });
    socket.on('end', () => {
      ends++;
      socket.destroy();
    });
  });
  t.after(() => server.close());
  server.listen(path);
  await once(server, 'listening');
  return { path, ends: () => ends };
}

test('every request is answered, also to a client that ends at once, and only then does the agent see the end', async (t) => {
  const { path, ends } = await slowAgent(t);
  const connection = connectForSigning(path);
  connection.end(Buffer.concat([list, removeAll, list]));
  const answers = await connection.toArray();
  assert.deepEqual(Buffer.concat(answers), Buffer.concat([keys, failure, keys]));
  assert.equal(ends(), 1);
});

test('a client that asks nothing and ends ends the connection', async (t) => {
  const { path, ends } = await slowAgent(t);
  const connection = connectForSigning(path);
  connection.end();
  assert.deepEqual(await connection.toArray(), []);
  assert.equal(ends(), 1);
});

test('messages may come in pieces, and one that is too large ends the connection', async (t) => {
  const { path } = await slowAgent(t);
  const connection = connectForSigning(path);
  for (const byte of list) {
    connection.write(Buffer.from([byte]));
    await sleep(1);
  }
  const [answer] = (await once(connection, 'data')) as [Buffer];
  assert.deepEqual(answer, keys);
  connection.write(Buffer.from([0, 16, 0, 0, 11]));
  await assert.rejects(once(connection, 'end'), /too large/);
});

test('an agent that is not there ends the connection with why', async (t) => {
  const connection = connectForSigning(join(await temporaryFolder(t), 'absent'));
  await assert.rejects(once(connection, 'end'), /ENOENT/);
});
