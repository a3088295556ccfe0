// Bytes to a server and whatever comes back, without any help of an HTTP client.
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** How the bytes go out. */
export type Manner =
  | 'at once'
  /** In small pieces with pauses. */
  | 'slowly'
  /** This side ends its half of the connection after the last byte; else only the server can end it. */
  | 'half closed'
  /** The connection is broken off in the middle. */
  | 'cut';

export interface Exchanged {
  readonly received: Buffer;
  readonly ms: number;
  /** The server closed the connection in time, where it had to. */
  readonly ended: boolean;
}

const limitMs = 15_000;

export async function exchange(port: number, bytes: Buffer, manner: Manner): Promise<Exchanged> {
  const started = performance.now();
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  // A reset is an end, too.
  socket.on('error', () => {});
  const over = new Promise<boolean>((resolve) => {
    socket.once('end', () => resolve(true)).once('close', () => resolve(true));
    setTimeout(() => resolve(false), limitMs).unref();
  });
  if (manner === 'slowly') {
    const step = Math.max(1, Math.ceil(bytes.length / 8));
    for (let at = 0; at < bytes.length && !socket.destroyed; at += step) {
      socket.write(bytes.subarray(at, at + step));
      await sleep(3);
    }
  } else if (manner === 'cut') {
    socket.write(bytes.subarray(0, Math.ceil(bytes.length / 2)));
    await sleep(5);
    socket.destroy();
  } else socket.write(bytes);
  if (manner !== 'cut' && manner !== 'at once') socket.end();
  const ended = await over;
  socket.destroy();
  return { received: Buffer.concat(chunks), ms: performance.now() - started, ended };
}

export interface Reply {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

/** Reads the answers to requests of these methods. Throws for what is no HTTP. One that was cut off at the end of the connection is left out. */
export function readReplies(bytes: Buffer, methods: readonly string[]): readonly Reply[] {
  const replies: Reply[] = [];
  for (let at = 0; at < bytes.length; ) {
    const headEnd = bytes.indexOf('\r\n\r\n', at);
    if (headEnd < 0) break;
    const [first = '', ...lines] = bytes.toString('latin1', at, headEnd).split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1]);
    if (Number.isNaN(status)) throw new Error(`${JSON.stringify(first)} is no status line`);
    const headers = new Map(
      lines.map((line): [string, string] => {
        const colon = line.indexOf(':');
        if (colon < 1) throw new Error(`${JSON.stringify(line)} is no header`);
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
    );
    at = headEnd + 4;
    if (status === 100) continue;
    const bodiless = methods[replies.length] === 'HEAD' || status === 204 || status === 304;
    let body: Buffer = Buffer.alloc(0);
    if (!bodiless) {
      const length = headers.get('content-length');
      if (headers.get('transfer-encoding') === 'chunked') [body, at] = readChunks(bytes, at);
      else if (length === undefined) [body, at] = [bytes.subarray(at), bytes.length];
      else [body, at] = [bytes.subarray(at, at + Number(length)), at + Number(length)];
      if (at > bytes.length) break;
    }
    replies.push({ status, headers, body });
  }
  return replies;
}

function readChunks(bytes: Buffer, from: number): [Buffer, number] {
  const parts: Buffer[] = [];
  for (let at = from; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at);
    const size = lineEnd < 0 ? Number.NaN : Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    if (Number.isNaN(size)) return [Buffer.concat(parts), bytes.length + 1];
    parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
    if (size === 0) return [Buffer.concat(parts), at];
  }
}
