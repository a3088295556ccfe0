import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Ground, manifestType } from './ground.ts';

/** The largest manifests there may be, many at the same time, each but for its last byte until all are there: the statuses of their answers. */
export async function flood(ground: Ground, connections: number): Promise<readonly string[]> {
  const body = Buffer.alloc(4 << 20, ' ');
  body.write('{"schemaVersion":2');
  const sockets = Array.from({ length: connections }, (_, at) => {
    const socket = connect({ port: ground.server.port, host: '127.0.0.1' });
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('error', () => {});
    const ended = new Promise<string>((resolve) => {
      socket.once('close', () => resolve(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 'none'));
    });
    // Half of them do not say how much is coming.
    const chunked = at % 2 === 1;
    const framing = chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`;
    const head = [
      `PUT /v2/open/app/manifests/flood${at} HTTP/1.1`,
      'Host: registry.test',
      'Connection: close',
      `Authorization: ${ground.credentials.eve}`,
      `Content-Type: ${manifestType}`,
      framing,
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n${chunked ? `${body.length.toString(16)}\r\n` : ''}`);
    socket.write(body.subarray(0, -1));
    return { socket, ended, end: chunked ? ' \r\n0\r\n\r\n' : ' ' };
  });
  await sleep(1500);
  for (const { socket, end } of sockets) socket.write(end);
  return Promise.all(sockets.map(({ ended }) => ended));
}
