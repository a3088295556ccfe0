import type { ByteRange, Bytes, Io } from '@lading/bytes';
import type { Descriptor, Digest, DigestAlgorithm } from '@lading/oci';

/**
 * Names content. A digest is enough for a store that keeps all content alike; a remote repository needs the media type of a
 * descriptor to know whether to ask for a manifest or a blob, and looks among blobs, then manifests, when given a bare digest.
 */
export type Target = Digest | Descriptor;

/** What is known of stored content. */
export interface BlobInfo {
  readonly digest: Digest;
  /** Bytes as stored. */
  readonly size: number;
  /** When the content was committed, where the store knows. */
  readonly createdAt?: Date;
}

export interface OpenOptions extends Io {
  /** Only these bytes, which are then not verified. Throws RANGE_INVALID when the range starts past the end. */
  readonly range?: ByteRange | undefined;
  /** The range is wanted only if nothing else has to be read for it; else RANGE_UNSUPPORTED is thrown. */
  readonly seek?: boolean | undefined;
  /**
   * `false`: the caller hashes the bytes itself, as a copy into a store that verifies does, and a store may leave out its own check.
   * Verified unless told.
   */
  readonly verify?: boolean | undefined;
}

export interface ContentReader {
  /** Absent content is `undefined`, not an error. */
  stat(target: Target, io?: Io): Promise<BlobInfo | undefined>;

  /**
   * The content as a stream, verified: the last step of the iteration throws DIGEST_MISMATCH or SIZE_MISMATCH if the bytes
   * are not what the target says. The caller iterates it to the end or returns early; both release what is held.
   * Throws BLOB_NOT_FOUND.
   */
  open(target: Target, io?: OpenOptions): Promise<Bytes>;

  /**
   * Repositories of services that are known to have the content, such as `registry.example.org/team/base`: a target of the same service can
   * mount it from there. Not knowing any is no error.
   */
  knownAt?(digest: Digest): Promise<readonly string[]>;
}

/** What is known of content before it is written. */
export interface ExpectedContent extends Partial<Descriptor> {
  /** Of its digest, where that is not known yet: it is hashed once, while it is written. sha256 unless told. */
  readonly algorithm?: DigestAlgorithm | undefined;
}

export interface BeginOptions extends Io {
  /** What is going to be written, as far as known; a store may check space, choose an endpoint or refuse early. */
  readonly expected?: ExpectedContent | undefined;
  /**
   * Continues the ingest with this id, in this or another process. What was expected of it is remembered only within a process: state it
   * again. An earlier object for the same id is closed. Throws INGEST_NOT_FOUND when there is none.
   */
  readonly resume?: string | undefined;
  /**
   * With `resume`: where there is no ingest of this id, a UUID, one of this content begins under it. So whoever gave the id away needs to have
   * stored nothing for it, and before the first bytes nor does the store.
   */
  readonly orBegin?: ExpectedContent | undefined;
  /**
   * Goes on with a write of the digest in `expected` that was suspended, or left by a process that died, where the store finds one:
   * `offset` then tells how much of it is there. Without one, a new write begins.
   */
  readonly adopt?: boolean | undefined;
}

export interface CompleteOptions extends Io {
  /** Called when all bytes are there and match; the content appears after it has resolved, not at all when it rejects. */
  readonly ready?: (() => Promise<void>) | undefined;
}

export interface ContentWriter {
  begin(options?: BeginOptions): Promise<Ingest>;
}

/**
 * The life of a write. begin → append (any number of times) → commit, abort or suspend.
 *
 * - `append` rejects → bytes up to `offset` are kept; go on from `offset`, or abort.
 * - `commit` rejects with DIGEST_MISMATCH or SIZE_MISMATCH → nothing was stored and the ingest is gone.
 * - `commit` resolves → the content is whole, durable and visible to every reader. Content that was there already is fine.
 * - a crash at any moment → the ingest can be resumed by id, or is collected as abandoned; readers never see part of it.
 */
export interface Ingest {
  readonly id: string;
  /** Bytes that are safely taken: the next append starts here. */
  readonly offset: number;
  append(bytes: Bytes, io?: Io): Promise<void>;
  /** Verifies against what `expected` states (digest and size where given), stores, and describes what was stored. */
  commit(expected?: Partial<Descriptor>, io?: Io): Promise<Descriptor>;
  /** `append` and `commit` in one, for the last bytes: a store has less to do when nobody else can go on with the write in between. */
  complete?(bytes: Bytes, expected: Partial<Descriptor>, io?: CompleteOptions): Promise<Descriptor>;
  /** Gives the write up and frees its space. Does nothing after commit or abort. */
  abort(): Promise<void>;
  /**
   * Leaves the write as it is, for someone to go on with by its id or by `adopt`; this object is then closed. A store that cannot keep it
   * aborts it. Does nothing after commit or abort.
   */
  suspend(): Promise<void>;
}

/** Protects content from collection until it expires or is released. */
export interface Lease {
  readonly digests: readonly Digest[];
  readonly expiresAt: Date;
  /** Lasts so long from now on. */
  renew(ttlMs: number): Promise<void>;
  release(): Promise<void>;
}

export interface ContentStore extends ContentReader, ContentWriter {
  /** True when the content was there. After a crash it may be there again, whole. */
  delete(digest: Digest, io?: Io): Promise<boolean>;
  list(io?: Io): AsyncIterable<BlobInfo>;
  /** Succeeds also for content that is still on its way. Content that is there when it resolves is durable. */
  lease(content: Digest | readonly Digest[], ttlMs: number): Promise<Lease>;
  /** Throws DISK_FULL when there is no room for so many more bytes, where content lies on a disk. */
  assertRoom?(bytes: number): Promise<void>;
  /**
   * A URL at which anybody can read the content for so long, where a service has it that others reach too: whole, or in ranges. Undefined
   * when it cannot be read in one request, or is not there.
   */
  presign?(digest: Digest, ttlMs: number, io?: Io): Promise<string | undefined>;
  /** A write that goes on in several processes costs least when each append brings so many bytes, where that makes a difference. */
  readonly chunkBytes?: number;
  /** A path that other programs may read, where content lies in files; it stays valid while the content is not deleted. */
  localPath?(digest: Digest): string;
  /**
   * Makes content of another repository of the same service appear here without moving bytes.
   * `fromRepository` is its name within the service: `team/app` of `registry.example.org/team/app`.
   * `false` when the service could not or would not: then copy it.
   */
  mount?(target: Descriptor, fromRepository: string, io?: Io): Promise<boolean>;
}
