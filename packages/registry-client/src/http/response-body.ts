import { rechunk } from '@lading/bytes';
import { HttpFailure } from './http-failure.ts';
import { invalid } from './response-head.ts';
import type { Patience, SocketReader } from './socket-reader.ts';

const mostLineBytes = 8 << 10;
const mostTrailerBytes = 32 << 10;

/** The body of a message by its framing; throws HTTP_TRUNCATED when the connection ends before it does. RFC 9112 §6, §7. */
export function readBody(
  reader: SocketReader,
  framing: number | 'chunked' | 'close',
  patience: Patience,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (framing === 'chunked') return rechunk(chunked(reader, patience));
  return framing === 'close' ? untilClose(reader, patience) : counted(reader, framing, patience);
}

async function* counted(
  reader: SocketReader,
  length: number,
  patience: Patience,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let left = length; left > 0; ) {
    await reader.gather(left, patience);
    const count = Math.min(left, reader.available);
    if (count === 0) throw truncated();
    left -= count;
    yield reader.take(count);
  }
}

async function* untilClose(reader: SocketReader, patience: Patience): AsyncGenerator<Uint8Array, void, undefined> {
  for (;;) {
    await reader.gather(Number.POSITIVE_INFINITY, patience);
    if (reader.available === 0) return;
    yield reader.take(reader.available);
  }
}

async function* chunked(reader: SocketReader, patience: Patience): AsyncGenerator<Uint8Array, void, undefined> {
  for (;;) {
    const size = /^([0-9a-f]{1,12})[ \t]*(?:;|$)/i.exec(await readLine(reader, patience))?.[1];
    if (size === undefined) throw invalid('the size of a chunk is malformed');
    const length = Number.parseInt(size, 16);
    if (length === 0) break;
    yield* counted(reader, length, patience);
    if ((await readLine(reader, patience)) !== '') throw invalid('a chunk is longer than its size');
  }
  for (let seen = 0; ; ) {
    const line = await readLine(reader, patience);
    if (line === '') return;
    seen += line.length;
    if (seen > mostTrailerBytes) throw invalid('its trailer does not end');
  }
}

async function readLine(reader: SocketReader, patience: Patience): Promise<string> {
  for (let want = 2; ; want = reader.available + 1) {
    await reader.gather(want, patience);
    const end = reader.peek().indexOf('\r\n');
    if (end >= 0) return reader.take(end + 2).toString('latin1', 0, end);
    if (reader.available > mostLineBytes) throw invalid('a line of its framing does not end');
    if (reader.available < want) throw truncated();
  }
}

function truncated(): HttpFailure {
  return new HttpFailure('HTTP_TRUNCATED', 'the connection ended in the middle of the answer');
}
