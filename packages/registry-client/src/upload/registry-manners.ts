import { isLadingError, LadingError } from '@lading/errors';

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

  /**
   * Takes note of `OCI-Chunk-Min-Length`, and of CNCF distribution, which writes the state of an upload into its URL: after a broken chunk
   * none of the URLs that it gave fits any more, and what it had acknowledged is lost with the rest. So there all of it is one chunk, unless
   * that is refused as too large.
   */
  afterOpening(location: URL, leastBytes: number): void {
    this.#least = Math.max(this.#least, leastBytes);
    this.chunkBytes = Math.max(this.chunkBytes, leastBytes);
    if (location.searchParams.has('_state') && !this.strict) this.chunkBytes = Number.MAX_SAFE_INTEGER;
  }

  /** The error of a chunk, transient where the next one will be sent in another way or from elsewhere. */
  afterRefusal(error: unknown): unknown {
    if (!isLadingError(error) || error.transient || !this.#helps(error)) return error;
    return new LadingError(error.code, error.message, {
      cause: error,
      hint: error.hint,
      details: error.details,
      transient: true,
    });
  }

  #helps({ details: { status, problems } }: LadingError): boolean {
    if (status === 413) return this.#shrink();
    if (status === 416 || JSON.stringify(problems ?? '').includes('BLOB_UPLOAD_UNKNOWN')) return true;
    if (status !== 404 && status !== 405 && status !== 501) return false;
    // Whoever took a chunk before takes chunks: the session is gone.
    if (!this.chunked) this.monolithic = true;
    return true;
  }

  /** False when there is no smaller. */
  #shrink(): boolean {
    const next = Math.max(this.#least, Math.floor(Math.min(this.chunkBytes, firstChunkBytes) / 8));
    this.strict = true;
    if (next >= this.chunkBytes) return false;
    this.chunkBytes = next;
    return true;
  }
}
