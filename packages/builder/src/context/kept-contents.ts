import type { Stats } from 'node:fs';
import { type FileState, fileState, isSettled } from './file-state.ts';

/** Of all contents together, with what it takes to keep them. */
const mostBytes = 32 << 20;
const bytesPerFile = 512;

/**
 * Small files that were read for a cache key, until they are copied: so most contexts are read once. A content that finds no room is not
 * kept, and neither is one whose file could change unseen.
 */
export class KeptContents {
  readonly #kept = new Map<string, { readonly content: Buffer; readonly state: FileState }>();
  #room = mostBytes;

  /** `stats` are from before it was read. */
  keep(path: string, content: Buffer, stats: Stats): void {
    const state = fileState(stats);
    const needed = content.length + bytesPerFile;
    if (needed > this.#room || this.#kept.has(path) || !isSettled(state)) return;
    this.#kept.set(path, { content, state });
    this.#room -= needed;
  }

  /** Gives a content away, if the file is what it was. `look` says what it is now. */
  take(path: string, look: () => Stats | undefined): Buffer | undefined {
    const kept = this.#kept.get(path);
    if (kept === undefined) return undefined;
    this.#kept.delete(path);
    this.#room += kept.content.length + bytesPerFile;
    const stats = look();
    const now = stats && fileState(stats);
    return now !== undefined && kept.state.every((part, index) => part === now[index]) ? kept.content : undefined;
  }
}
