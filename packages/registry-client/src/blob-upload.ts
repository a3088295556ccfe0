import { type Bytes, type Io, withSignal } from '@lading/bytes';
import { interrupted, isLadingError, throwIfAborted } from '@lading/errors';
import { algorithmOf, type Descriptor, type Digest, Digester } from '@lading/oci';
import type { Ingest } from '@lading/store';
import { assertOpen, checkContent, type IngestState, tooLong, wantedOf } from './ingest-state.ts';
import {
  cancelUpload,
  finishUpload,
  openUpload,
  pushCall,
  type UploadTarget,
  uploadLocation,
  uploadProgress,
} from './upload-session.ts';

/**
 * A blob on its way to a registry, streamed. OCI distribution-spec 1.1 §pushing-blobs.
 *
 * POST opens a session; each append is one PATCH (chunked, as docker does it, which every registry takes); an empty PUT with the digest
 * ends it. Sending the content in the PUT instead saves one round trip, no time that could be measured on 500 MB, and leaves nothing
 * behind that `offset` could go on from. The registry checks the digest; it is compared here before the PUT as well, so that content
 * that is not what it should be never becomes visible.
 */
export class BlobUpload implements Ingest {
  readonly id: string = crypto.randomUUID();
  readonly #target: UploadTarget;
  readonly #expected: Partial<Descriptor>;
  #state: IngestState = 'open';
  #offset = 0;
  #location: URL | undefined;
  /** A session that was left after a break, to be cancelled at the end. */
  #left: URL | undefined;
  /** Undefined when the registry kept only a part of an append that broke off: that part was not hashed on its own. */
  #digester: Digester | undefined;
  #digest: Digest | undefined;

  constructor(target: UploadTarget, expected: Partial<Descriptor>) {
    this.#target = target;
    this.#expected = expected;
    this.#digester = this.#newDigester();
  }

  get offset(): number {
    return this.#offset;
  }

  async append(bytes: Bytes, { signal }: Io = {}): Promise<void> {
    assertOpen(this.#state);
    throwIfAborted(signal);
    this.#location ??= await openUpload(this.#target, { signal });
    const part = new Part(withSignal(bytes, signal), this.#digester, this.#room());
    try {
      const action = 'push a blob';
      const answer = await this.#target.connection.head({
        ...pushCall(this.#target),
        method: 'PATCH',
        path: this.#location,
        action,
        expect: [200, 201, 202, 204],
        headers: { 'content-type': 'application/octet-stream' },
        body: part.bytes(signal),
        signal,
      });
      this.#location = await uploadLocation(this.#target, action, answer);
      this.#offset += part.sent;
    } catch (error) {
      await this.#recover(part.sent, signal);
      if (signal?.aborted) throw interrupted(signal);
      throw error;
    }
    if (part.failure !== undefined) throw part.failure.cause;
  }

  async commit(expected: Partial<Descriptor> = {}, { signal }: Io = {}): Promise<Descriptor> {
    assertOpen(this.#state);
    throwIfAborted(signal);
    const wanted = wantedOf(this.#expected, expected);
    try {
      const digest = checkContent(wanted, { size: this.#offset, digest: this.#digestFor(wanted.digest) });
      this.#location ??= await openUpload(this.#target, { signal });
      await finishUpload(this.#target, this.#location, digest, { signal });
      this.#state = 'committed';
      await cancelUpload(this.#target, this.#left);
      return { mediaType: 'application/octet-stream', ...wanted, digest, size: this.#offset };
    } catch (error) {
      if (isLadingError(error, 'DIGEST_MISMATCH', 'SIZE_MISMATCH', 'INGEST_NOT_FOUND')) await this.abort();
      throw error;
    }
  }

  async suspend(): Promise<void> {
    await this.abort();
  }

  async abort(): Promise<void> {
    if (this.#state !== 'open') return;
    this.#state = 'aborted';
    await Promise.all([cancelUpload(this.#target, this.#location), cancelUpload(this.#target, this.#left)]);
  }

  #newDigester(): Digester {
    const { digest } = this.#expected;
    return new Digester(digest === undefined ? undefined : algorithmOf(digest));
  }

  /** How many bytes may still come. */
  #room(): number {
    return this.#expected.size === undefined ? Number.POSITIVE_INFINITY : this.#expected.size - this.#offset;
  }

  /** The digest of what was sent; where it was not computed here, the wanted one, which the registry then checks alone. */
  #digestFor(wanted: Digest | undefined): Digest | undefined {
    if (this.#digest === undefined && this.#digester !== undefined) {
      this.#digest = this.#digester.digest();
      this.#digester = undefined;
    }
    const known = this.#digest;
    if (known === undefined) return wanted;
    return wanted !== undefined && algorithmOf(wanted) !== algorithmOf(known) ? wanted : known;
  }

  /** After a broken append: goes on from what the registry says it kept; without a clear answer from 0, in a new session. */
  async #recover(sent: number, signal: AbortSignal | undefined): Promise<void> {
    if (this.#location === undefined || sent === 0) return;
    const before = this.#offset;
    // Someone who interrupts does not want to wait for an answer.
    const kept = signal?.aborted ? undefined : await uploadProgress(this.#target, this.#location);
    if (kept !== undefined && kept.offset >= before && kept.offset <= before + sent) {
      this.#location = kept.location;
      this.#offset = kept.offset;
      if (kept.offset !== before + sent) this.#digester = undefined;
      return;
    }
    this.#left = this.#location;
    this.#location = undefined;
    this.#offset = 0;
    this.#digester = this.#newDigester();
  }
}

/** The content of one append: hashed and counted as it goes; a source that fails ends it in good order, so that what was sent counts. */
class Part {
  sent = 0;
  failure: { readonly cause: unknown } | undefined;
  readonly #source: Bytes;
  readonly #digester: Digester | undefined;
  readonly #room: number;

  constructor(source: Bytes, digester: Digester | undefined, room: number) {
    this.#source = source;
    this.#digester = digester;
    this.#room = room;
  }

  async *bytes(signal: AbortSignal | undefined): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for await (const chunk of this.#source) {
        if (this.sent + chunk.byteLength > this.#room) throw tooLong();
        this.#digester?.update(chunk);
        this.sent += chunk.byteLength;
        yield chunk;
      }
    } catch (cause) {
      if (signal?.aborted) throw cause;
      this.failure = { cause };
    }
  }
}
