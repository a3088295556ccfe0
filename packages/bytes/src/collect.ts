import type { Bytes, Io } from './bytes.ts';
import { limit } from './limit.ts';
import { withSignal } from './with-signal.ts';

export interface CollectOptions extends Io {
  /** The most the caller is ready to hold in memory. */
  readonly maxBytes: number;
  /** Names the content in error messages: "manifest sha256:…". */
  readonly what: string;
}

/** All bytes in one Buffer of the caller's own. Errors: BYTES_LIMIT beyond `maxBytes`, INTERRUPTED. */
export async function collect(bytes: Bytes, options: CollectOptions): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const chunk of limit(withSignal(bytes, options.signal), options.maxBytes, options.what)) {
    parts.push(Buffer.from(chunk));
  }
  return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
}
