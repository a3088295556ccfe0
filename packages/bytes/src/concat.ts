import type { Bytes } from './bytes.ts';

/** The parts one after another. A part is opened only when those before it have ended. */
export async function* concat(...parts: readonly Bytes[]): AsyncGenerator<Uint8Array, void, undefined> {
  for (const part of parts) yield* part;
}
