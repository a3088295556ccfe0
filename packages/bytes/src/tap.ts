import type { Bytes } from './bytes.ts';

/** The same bytes; `look` sees each chunk before the reader does, for counting or hashing. It must not keep or change it. */
export async function* tap(
  bytes: Bytes,
  look: (chunk: Uint8Array) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of bytes) {
    look(chunk);
    yield chunk;
  }
}
