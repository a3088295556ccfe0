import type { FileHandle } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';

const bufferBytes = 512 << 10;
/** Buffers that are lying idle. Bounded, so that a burst of readers does not keep its memory for ever. */
const idle: Buffer[] = [];
const maxIdle = 32;

const take = (): Buffer => idle.pop() ?? Buffer.allocUnsafeSlow(bufferBytes);
const give = (buffer: Buffer): void => {
  if (idle.length < maxIdle) idle.push(buffer);
};

/**
 * Sends part of a file, closes it and ends the response. Two buffers take turns: one is read into while the other is on its way to the
 * socket, whose callback says when it may be filled again. That is several times faster than a read stream and its pipe.
 */
export async function sendFile(
  response: ServerResponse,
  file: FileHandle,
  range: { readonly start: number; readonly end: number },
  signal: AbortSignal,
): Promise<void> {
  const buffers: Buffer[] = [];
  let sending: Promise<void> = Promise.resolve();
  try {
    let position = range.start;
    for (let turn = 0; position < range.end && !signal.aborted; turn++) {
      buffers[turn % 2] ??= take();
      const buffer = buffers[turn % 2] as Buffer;
      const bytes = await fill(file, buffer, position, range.end);
      if (bytes === 0) throw new Error(`the file ends at ${position}, before ${range.end}`);
      await sending;
      sending = write(response, buffer.subarray(0, bytes));
      sending.catch(() => {});
      position += bytes;
    }
    await sending;
    response.end();
    // Only here: after a failed write the socket may still hold a buffer, which must then not be used again.
    for (const buffer of buffers) give(buffer);
  } finally {
    await file.close();
  }
}

async function fill(file: FileHandle, buffer: Buffer, position: number, end: number): Promise<number> {
  const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, end - position), position);
  return bytesRead;
}

function write(response: ServerResponse, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    response.write(chunk, (error) => (error == null ? resolve() : reject(error)));
  });
}
