import { once } from 'node:events';
import { connect } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  /** Status line and headers as they came. */
  readonly head: string;
  /** With what frames chunks, where it comes in chunks. */
  readonly bodyBytes: number;
}

/** One connection of HTTP/1.1, with one request at a time. Bodies are counted, not kept. */
export interface Connection {
  /** Sends the parts of a request. Rejects when the connection ends before its answer does. */
  ask(method: string, parts: readonly Uint8Array[]): Promise<RawAnswer>;
  close(): void;
}

/** Of all connections: what was read is done with before the next read. */
const received = Buffer.allocUnsafeSlow(512 << 10);
const headEnd = Buffer.from('\r\n\r\n');
const lastChunk = Buffer.from('0\r\n\r\n');

interface Pending {
  readonly method: string;
  resolve(answer: RawAnswer): void;
  reject(error: Error): void;
}

export async function openConnection(port: number): Promise<Connection> {
  let pending: Pending | undefined;
  /** Of a head that did not come at once. */
  let early: Buffer | undefined;
  let head: string | undefined;
  /** Of the body; undefined where it comes in chunks. */
  let length: number | undefined;
  let bodyBytes = 0;
  let tail: Buffer = Buffer.alloc(0);

  const body = (chunk: Buffer): void => {
    bodyBytes += chunk.length;
    if (length === undefined)
      tail = Buffer.concat([tail, chunk.subarray(-lastChunk.length)]).subarray(-lastChunk.length);
    if (length === undefined ? !tail.equals(lastChunk) : bodyBytes < length) return;
    const answer = { status: Number(head?.slice(9, 12)), head: head ?? '', bodyBytes };
    const { resolve } = pending as Pending;
    pending = undefined;
    head = undefined;
    resolve(answer);
  };
  const data = (size: number): boolean => {
    let chunk = received.subarray(0, size);
    if (head !== undefined) {
      body(chunk);
      return true;
    }
    if (early !== undefined) chunk = Buffer.concat([early, chunk]);
    const end = chunk.indexOf(headEnd);
    if (end < 0) {
      early = Buffer.from(chunk);
      return true;
    }
    early = undefined;
    const text = chunk.toString('latin1', 0, end);
    head = text;
    const none = pending?.method === 'HEAD' || text.startsWith('204', 9) || text.startsWith('304', 9);
    const stated = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1];
    length = none ? 0 : stated === undefined ? undefined : Number(stated);
    bodyBytes = 0;
    tail = Buffer.alloc(0);
    body(chunk.subarray(end + headEnd.length));
    return true;
  };

  const socket = connect({
    host: '127.0.0.1',
    port,
    noDelay: true,
    onread: { buffer: received, callback: data },
  });
  await once(socket, 'connect');
  const fail = (error: Error): void => pending?.reject(error);
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('the connection was closed')));
  return {
    ask(method, parts) {
      return new Promise((resolve, reject) => {
        pending = { method, resolve, reject };
        const [only] = parts;
        if (parts.length === 1 && only !== undefined) socket.write(only);
        else {
          socket.cork();
          for (const part of parts) socket.write(part);
          socket.uncork();
        }
      });
    },
    close: () => socket.destroy(),
  };
}
