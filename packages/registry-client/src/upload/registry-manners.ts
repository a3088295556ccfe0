/** What a chunk is cut to at first: a break costs no more than this where a registry keeps nothing of it. Measured, it costs nothing itself. */
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

  /**
   * CNCF distribution writes the state of an upload into its URL. After a broken chunk none of the URLs that it gave fits any more, and
   * what it had acknowledged is lost with the rest. So there all of it is one chunk, unless it is refused as too large.
   */
  learnFrom(location: URL): void {
    if (location.searchParams.has('_state') && !this.strict) this.chunkBytes = Number.MAX_SAFE_INTEGER;
  }

  /** After 413; false when there is no smaller. */
  shrink(): boolean {
    const next = Math.max(this.#least, Math.floor(Math.min(this.chunkBytes, firstChunkBytes) / 8));
    this.strict = true;
    if (next >= this.chunkBytes) return false;
    this.chunkBytes = next;
    return true;
  }
}
