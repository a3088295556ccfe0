/** What a chunk is cut to at first: a break then costs no more than this where a registry keeps nothing of it, and one round trip more. */
const firstChunkBytes = 128 << 20;
const leastChunkBytes = 64 << 10;

/** How a registry wants content, as far as it has shown; all uploads to a repository learn from each other. */
export class RegistryManners {
  /** The most that goes into one request. */
  chunkBytes: number = firstChunkBytes;
  /** Chunks state their range and length, as the specification has it; else they stream, which more registries and proxies take. */
  strict = false;
  /** A chunk was taken. */
  chunked = false;
  /** There are no chunks: content goes whole into one PUT. */
  monolithic = false;
  /** A POST can bring the content; undefined until it was tried. */
  singlePost: boolean | undefined;
  #least = leastChunkBytes;

  /** `OCI-Chunk-Min-Length`. */
  atLeast(bytes: number): void {
    this.#least = Math.max(this.#least, bytes);
    this.chunkBytes = Math.max(this.chunkBytes, bytes);
  }

  /** After 413; false when there is no smaller. */
  shrink(): boolean {
    const next = Math.max(this.#least, Math.floor(this.chunkBytes / 8));
    this.strict = true;
    if (next >= this.chunkBytes) return false;
    this.chunkBytes = next;
    return true;
  }
}
