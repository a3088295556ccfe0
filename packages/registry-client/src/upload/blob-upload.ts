import { type Bytes, type Io, withSignal } from '@lading/bytes';
import { interrupted, isLadingError, LadingError, throwIfAborted } from '@lading/errors';
import type { Descriptor } from '@lading/oci';
import type { ExpectedContent, Ingest } from '@lading/store';
import { afterwards } from './grace.ts';
import { assertOpen, checkContent, type IngestState, tooLong, wantedOf } from './ingest-state.ts';
import { Parts } from './parts.ts';
import type { RegistryManners } from './registry-manners.ts';
import { UploadDigest } from './upload-digest.ts';
import {
  cancelUpload,
  finishUpload,
  openUpload,
  pushCall,
  type UploadProgress,
  type UploadTarget,
  uploadLocation,
  uploadProgress,
} from './upload-session.ts';

/** What a later process goes on from. */
export interface UploadMemory {
  save(location: URL): Promise<void>;
  release(): Promise<void>;
  remove(): Promise<void>;
}

export interface BlobUploadOptions {
  readonly id: string;
  readonly target: UploadTarget;
  readonly expected: ExpectedContent;
  readonly manners: RegistryManners;
  readonly memory?: UploadMemory | undefined;
  /** A session that was left, by another process perhaps. */
  readonly resumed?: UploadProgress | undefined;
  /** Called once, when the upload is over or left. */
  readonly onClose: () => void;
}

/**
 * A blob on its way to a registry, streamed. OCI distribution-spec 1.1 §pushing-blobs.
 *
 * POST opens a session; each append is one PATCH per 128 MiB, as docker does it, which every registry takes; an empty PUT with the digest
 * ends it. Sending the content in the PUT instead saves one round trip, no time that could be measured on 500 MB, and leaves nothing behind
 * that could be gone on from. The registry checks the digest, so that content that is not what it should be
 * never becomes visible.
 *
 * An append that fails with a `transient` error can be gone on with from `offset`: the registry was asked how much it holds, or will be.
 * Nothing that it acknowledged is sent again.
 */
export class BlobUpload implements Ingest {
  readonly id: string;
  readonly #options: BlobUploadOptions;
  readonly #target: UploadTarget;
  #expected: ExpectedContent;
  #state: IngestState = 'open';
  #offset = 0;
  #location: URL | undefined;
  /** The connection broke and the registry could not be asked yet: it may hold more than `offset`. */
  #unsure = false;
  /** The next chunk states where it starts, for a registry that is still busy with an earlier one to refuse. */
  #stated = false;
  #digest: UploadDigest;
  /** It went whole into one PUT. */
  #stored = false;

  constructor(options: BlobUploadOptions) {
    this.#options = options;
    this.id = options.id;
    this.#target = options.target;
    this.#expected = options.expected;
    this.#digest = new UploadDigest(options.expected);
    if (options.resumed !== undefined) this.#goOnFrom(options.resumed);
  }

  get offset(): number {
    return this.#offset;
  }

  /** The same upload as a new object; this one is then closed. */
  supersede(expected: ExpectedContent): BlobUpload {
    const next = new BlobUpload({ ...this.#options, expected: wantedOf(this.#expected, expected) });
    next.#offset = this.#offset;
    next.#location = this.#location;
    next.#unsure = this.#unsure;
    next.#stated = this.#stated;
    next.#digest = this.#digest;
    next.#stored = this.#stored;
    this.#state = 'continued elsewhere';
    return next;
  }

  async append(bytes: Bytes, { signal }: Io = {}): Promise<void> {
    assertOpen(this.#state);
    throwIfAborted(signal);
    const parts = new Parts(withSignal(bytes, signal));
    try {
      if (this.#unsure) {
        const before = this.#offset;
        await this.#ask(signal);
        if (this.#offset < before) throw this.#lost();
        await parts.skip(this.#offset - before);
      }
      while (await parts.more()) {
        if (this.#options.manners.monolithic) await this.#sendWhole(parts, signal);
        else await this.#sendChunk(parts, signal);
      }
    } finally {
      await parts.close();
    }
    if (parts.failure !== undefined) throw parts.failure.cause;
  }

  async commit(expected: Partial<Descriptor> = {}, { signal }: Io = {}): Promise<Descriptor> {
    assertOpen(this.#state);
    throwIfAborted(signal);
    const wanted = wantedOf(this.#expected, expected);
    if (this.#unsure) {
      const before = this.#offset;
      await this.#ask(signal);
      if (this.#offset !== before) throw this.#lost();
    }
    try {
      const digest = checkContent(wanted, { size: this.#offset, digest: this.#digest.digest(wanted.digest) });
      if (!this.#stored) {
        const location = await this.#session(signal);
        await finishUpload(this.#target, location, digest, { signal });
      }
      this.#close('committed');
      await this.#options.memory?.remove();
      return { mediaType: 'application/octet-stream', ...wanted, digest, size: this.#offset };
    } catch (error) {
      if (!isLadingError(error, 'DIGEST_MISMATCH', 'SIZE_MISMATCH', 'INGEST_NOT_FOUND')) throw error;
      await this.abort();
      if (this.#options.resumed === undefined || error.code !== 'DIGEST_MISMATCH') throw error;
      throw new LadingError('DIGEST_MISMATCH', error.message, {
        cause: error,
        hint: 'A part of it was sent before this process began, and is not what it should be. Push again, from the start.',
        details: error.details,
        transient: true,
      });
    }
  }

  async suspend(): Promise<void> {
    const { memory } = this.#options;
    if (this.#state !== 'open') return;
    if (memory === undefined || this.#location === undefined || this.#stored) return this.abort();
    this.#close('suspended');
    await memory.release();
  }

  async abort(): Promise<void> {
    if (this.#state !== 'open') return;
    this.#close('aborted');
    await this.#options.memory?.remove();
    await cancelUpload(this.#target, this.#location);
  }

  #close(state: IngestState): void {
    this.#state = state;
    this.#options.onClose();
  }

  async #session(signal: AbortSignal | undefined): Promise<URL> {
    if (this.#location !== undefined) return this.#location;
    const { location, leastChunkBytes } = await openUpload(this.#target, { signal });
    this.#options.manners.afterOpening(location, leastChunkBytes);
    this.#location = location;
    // Before the first byte: whoever is killed from here on can be gone on with.
    await this.#options.memory?.save(location);
    return location;
  }

  async #sendChunk(parts: Parts, signal: AbortSignal | undefined): Promise<void> {
    const { manners, memory } = this.#options;
    const path = await this.#session(signal);
    const { size } = this.#expected;
    const room = size === undefined ? Number.POSITIVE_INFINITY : size - this.#offset;
    if (room === 0) throw tooLong();
    const bodyBytes = Math.min(manners.chunkBytes, room);
    const stated = size !== undefined && (this.#stated || manners.strict);
    const range = { 'content-range': `${this.#offset}-${this.#offset + bodyBytes - 1}` };
    let sent = 0;
    const grace = afterwards(signal);
    const hashed = this.#hashed(parts.take(bodyBytes), (count) => {
      sent += count;
    });
    const action = 'push a blob';
    try {
      const answer = await this.#target.connection.head({
        ...pushCall(this.#target),
        method: 'PATCH',
        path,
        action,
        expect: [200, 201, 202, 204],
        headers: { 'content-type': 'application/octet-stream', ...(stated ? range : {}) },
        body: hashed,
        ...(stated ? { bodyBytes } : {}),
        signal: grace.signal,
      });
      this.#location = await uploadLocation(this.#target, action, answer);
      // Not the `Range` of the answer, which zot counts from the start of a chunk that states none.
      this.#offset += sent;
      this.#stated = false;
      manners.chunked = true;
      await memory?.save(this.#location);
    } catch (error) {
      const failure = manners.afterRefusal(error);
      await this.#recover(signal);
      if (signal?.aborted) throw interrupted(signal);
      throw parts.failure?.cause ?? failure;
    } finally {
      grace.clear();
    }
  }

  /** For registries without chunks. Nothing of it is kept when it breaks. */
  async #sendWhole(parts: Parts, signal: AbortSignal | undefined): Promise<void> {
    const { digest, size } = this.#expected;
    if (digest === undefined || size === undefined || this.#offset > 0) {
      throw new LadingError('REGISTRY_UNSUPPORTED', 'Cannot push in parts: the registry takes a blob only whole', {
        hint: 'State the digest and size beforehand.',
      });
    }
    const body = this.#hashed(parts.take(size), () => {});
    try {
      await finishUpload(this.#target, await this.#session(signal), digest, { body, bodyBytes: size, signal });
    } catch (error) {
      await cancelUpload(this.#target, this.#location);
      await this.#startAgain();
      if (signal?.aborted) throw interrupted(signal);
      throw parts.failure?.cause ?? error;
    }
    this.#offset = size;
    this.#stored = true;
    if (await parts.more()) throw tooLong();
  }

  async *#hashed(bytes: Bytes, count: (bytes: number) => void): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of bytes) {
      this.#digest.update(chunk);
      count(chunk.byteLength);
      yield chunk;
    }
  }

  /** After a broken append. Someone who interrupts does not want to wait for an answer; who cannot ask now asks before going on. */
  async #recover(signal: AbortSignal | undefined): Promise<void> {
    this.#unsure = true;
    if (signal?.aborted) return;
    try {
      await this.#ask(signal);
    } catch (error) {
      if (!isLadingError(error)) throw error;
    }
  }

  /** Goes on from what the registry says that it holds; from the start, in a new session, when this one is gone. */
  async #ask(signal: AbortSignal | undefined): Promise<void> {
    const { size = Number.POSITIVE_INFINITY } = this.#expected;
    const held = this.#location && (await uploadProgress(this.#target, this.#location, signal));
    if (held !== undefined && held.offset <= size) this.#goOnFrom(held);
    else {
      await cancelUpload(this.#target, this.#location);
      await this.#startAgain();
    }
    this.#unsure = false;
  }

  #goOnFrom({ location, offset }: UploadProgress): void {
    this.#location = location;
    this.#offset = offset;
    this.#stated = true;
    this.#digest.goOnFrom(offset);
  }

  async #startAgain(): Promise<void> {
    this.#location = undefined;
    this.#offset = 0;
    this.#unsure = false;
    this.#digest = new UploadDigest(this.#expected);
    await this.#options.memory?.remove();
  }

  #lost(): LadingError {
    const { connection, repository } = this.#target;
    return new LadingError(
      'REGISTRY_RESPONSE',
      `Cannot go on pushing a blob to ${connection.registry}/${repository}: the registry holds ${this.#offset} bytes of it`,
      { hint: 'Go on from there.', details: { offset: this.#offset }, transient: true },
    );
  }
}
