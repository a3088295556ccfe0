import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { endAfterRequest, isArriving } from './end-after-request.ts';

const body = Buffer.from('no\n');
const answered = /^HTTP\/1\.1 403 .*\r\n\r\n(3\r\n)?no\n/s;

interface Served {
  connect(): Promise<Socket>;
  /** Of its response, when it has ended. */
  readonly ended: readonly Promise<void>[];
}

/** Refuses what is put before it is read. */
async function serve(t: TestContext, options: { bytes?: number; ms?: number } = {}): Promise<Served> {
  const ended: Promise<void>[] = [];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    ended.push(new Promise((resolve) => response.once('close', () => resolve())));
    response.writeHead(403, { 'Content-Length': body.length });
    if (isArriving(request)) endAfterRequest(request, response, body, options);
    else response.end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  t.after(() => server.closeAllConnections());
  t.after(() => server.close());
  return {
    ended,
    async connect() {
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      return socket;
    },
  };
}

const put = (length: number, connection: string): string =>
  `PUT / HTTP/1.1\r\nHost: registry.test\r\nConnection: ${connection}\r\nContent-Length: ${length}\r\n\r\n`;

async function textOf(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  socket.resume();
  await new Promise((resolve) => socket.once('error', resolve).once('close', resolve));
  return text;
}

test('clients that send all of a refused request before they read have their answers, many at a time', async (t) => {
  const server = await serve(t);
  const answers = await Promise.all(
    Array.from({ length: 8 }, async () => {
      const socket = await server.connect();
      socket.pause();
      socket.write(put(4 << 20, 'close'));
      await new Promise((resolve) => socket.write(Buffer.alloc(4 << 20), resolve));
      return textOf(socket);
    }),
  );
  for (const answer of answers) assert.match(answer, answered);
});

test('the connection of a refused request serves the next one', async (t) => {
  const server = await serve(t);
  const socket = await server.connect();
  socket.write(put(1 << 20, 'keep-alive'));
  socket.write(Buffer.alloc(1 << 20));
  socket.write(put(0, 'close'));
  const text = await textOf(socket);
  assert.equal(text.match(/HTTP\/1\.1 403/g)?.length, 2);
});

test('a request that does not end in time, or is too large, ends with its connection', async (t) => {
  const slow = await serve(t, { ms: 50 });
  const silent = await slow.connect();
  silent.write(put(100, 'keep-alive'));
  assert.match(await textOf(silent), answered);

  const small = await serve(t, { bytes: 1 << 20 });
  const large = await small.connect();
  large.write(put(1 << 30, 'keep-alive'));
  const chunk = Buffer.alloc(1 << 16);
  const more = (): void => {
    while (!large.destroyed && large.write(chunk));
  };
  large.on('drain', more);
  more();
  await textOf(large);
  await Promise.all([...slow.ended, ...small.ended]);
});
