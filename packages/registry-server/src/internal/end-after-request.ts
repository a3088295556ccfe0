import type { IncomingMessage, ServerResponse } from 'node:http';

/** What a client may still send after its answer: four of the largest manifests, or what comes in this time. */
const mostBytes = 16 << 20;
const longestMs = 10_000;
/** How many requests are read on at the same time, with a pause after each piece: what is read is garbage that is collected beside it. */
const turns = 2;
const pauseMs = 1;

let reading = 0;
const waiting = new Set<() => void>();

/**
 * Sends the answer at once, and ends when the request has arrived, whose rest is dropped. A connection that is closed while more comes is
 * reset, and with that the client loses an answer that it has not read yet (RFC 9112 §9.6).
 */
export function endAfterRequest(
  request: IncomingMessage,
  response: ServerResponse,
  body: Uint8Array | undefined,
  { bytes = mostBytes, ms = longestMs }: { readonly bytes?: number; readonly ms?: number } = {},
): void {
  if (body === undefined) response.flushHeaders();
  else response.write(body);
  let left = bytes;
  let isReading = false;
  const drop = (chunk: Buffer): void => {
    left -= chunk.length;
    request.pause();
    if (left < 0) giveUp();
    else setTimeout(() => request.resume(), pauseMs);
  };
  const read = (): void => {
    isReading = true;
    reading++;
    request.on('data', drop).resume();
  };
  const end = (): void => {
    clearTimeout(timer);
    waiting.delete(read);
    request.off('data', drop).off('close', end);
    response.end();
    if (!isReading) return;
    isReading = false;
    reading--;
    const [next] = waiting;
    if (next === undefined) return;
    waiting.delete(next);
    next();
  };
  // What has not come by now would be taken for the next request.
  const giveUp = (): void => {
    end();
    request.socket.destroySoon();
  };
  const timer = setTimeout(giveUp, ms).unref();
  request.on('close', end).pause();
  if (reading < turns) read();
  else waiting.add(read);
}

/** Whether more of the request is to come. */
export function isArriving(request: IncomingMessage): boolean {
  return !request.complete && !request.destroyed;
}
