import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { startTestRegistry } from '../testing/test-registry.ts';

/** All that comes back for these bytes, until the connection ends. */
async function answersTo(t: TestContext, text: string, more: Buffer = Buffer.of()): Promise<string> {
  const { url } = await startTestRegistry(t);
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port), allowHalfOpen: true });
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  const ended = new Promise((resolve) => socket.once('end', resolve));
  socket.write(text.replaceAll('\n', '\r\n'));
  socket.end(more);
  await ended;
  socket.destroy();
  return Buffer.concat(chunks).toString();
}

/** Status and code of an answer that is alone. */
function refusal(answer: string): string {
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  assert.match(head, /content-type: application\/json/i);
  const { errors } = JSON.parse(body) as { errors: { code: string }[] };
  return `${head.split(' ')[1]} ${errors[0]?.code}`;
}

test('what is no HTTP, has no host or too much of a head is refused in the form of the protocol', async (t) => {
  assert.equal(refusal(await answersTo(t, 'what is this?\n\n')), '400 UNSUPPORTED');
  assert.equal(refusal(await answersTo(t, 'GET /v2/ HTTP/1.1\n\n')), '400 UNSUPPORTED');
  assert.equal(
    refusal(await answersTo(t, `GET /v2/ HTTP/1.1\nHost: x\nX: ${'x'.repeat(20_000)}\n\n`)),
    '431 UNSUPPORTED',
  );
});

test('an expectation that nobody knows is left out of account', async (t) => {
  assert.match(await answersTo(t, 'GET /v2/ HTTP/1.1\nHost: x\nExpect: a miracle\n\n'), /^HTTP\/1\.1 200 /);
});

test('a request that waits to be told to go on, behind another, does not get into the answer to that one', async (t) => {
  const first = 'GET /v2/nothing HTTP/1.1\nHost: x\n\n';
  const second = 'GET /v2/nothing HTTP/1.1\nHost: x\nExpect: 100-continue\nConnection: close\n\n';
  const answers = await answersTo(t, `${first}${second}`);
  assert.doesNotMatch(answers, /100 Continue/);
  assert.equal(answers.split('HTTP/1.1 404').length, 3);
});

test('who sends too large a manifest without saying how large is told so', async (t) => {
  const head = 'PUT /v2/a/manifests/x HTTP/1.1\nHost: x\nConnection: close\nTransfer-Encoding: chunked\n\n500000\n';
  const body = Buffer.concat([Buffer.alloc(0x500000, ' '), Buffer.from('\r\n0\r\n\r\n')]);
  assert.equal(refusal(await answersTo(t, head, body)), '413 SIZE_INVALID');
});
