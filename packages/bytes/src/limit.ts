import { LadingError } from '@lading/errors';
import type { Bytes } from './bytes.ts';

/** The same bytes; throws BYTES_LIMIT instead of letting more than `maxBytes` through. `what` names them in the message. */
export async function* limit(
  bytes: Bytes,
  maxBytes: number,
  what: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  let total = 0;
  for await (const chunk of bytes) {
    total += chunk.byteLength;
    if (total > maxBytes) {
      throw new LadingError('BYTES_LIMIT', `Cannot read ${what}: it has more than ${maxBytes} bytes`, {
        hint: 'This bound protects memory; content of that kind is never so large unless it is hostile or damaged.',
        details: { maxBytes },
      });
    }
    yield chunk;
  }
}
