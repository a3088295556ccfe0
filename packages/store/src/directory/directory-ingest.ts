import type { FileHandle } from 'node:fs/promises';
import { type Bytes, type Io, withSignal } from '@lading/bytes';
import { throwIfAborted } from '@lading/errors';
import { algorithmOf, type Descriptor, type Digest, type DigestAlgorithm, Digester } from '@lading/oci';
import type { CompleteOptions, ExpectedContent, Ingest } from '../content-store.ts';
import { type ContentDigester, contentDigester, OwnDigester } from '../internal/content-digester.ts';
import { expectedAlgorithm } from '../internal/expected-algorithm.ts';
import { checkedDescriptor, ingestClosed } from '../internal/failures.ts';
import { IngestCalls } from '../internal/ingest-calls.ts';
import { ChunkWriter } from './chunk-writer.ts';
import type { Claim } from './claims.ts';
import { type Fate, type HeldFile, IngestFile } from './ingest-file.ts';
import type { PartialFile } from './ingest-files.ts';

export interface DirectoryIngestOptions {
  readonly id: string;
  /** Holds the partial file; the file is removed by commit and abort. */
  readonly folder: string;
  /** What is in the file already; without one, the first bytes make it. */
  readonly partial: PartialFile | undefined;
  /** Has hashed what is in the file, where that is known. */
  readonly digester?: ContentDigester | undefined;
  readonly expected: ExpectedContent;
  /** Ends with the ingest. */
  readonly claim?: Claim | undefined;
  /** Moves a whole and synced file to where content is read. */
  readonly publish: (path: string, digest: Digest) => Promise<void>;
  /** Told once, when the ingest is over, or suspended. */
  readonly onClose: (ingest: DirectoryIngest) => void;
  readonly onSuspend: (ingest: DirectoryIngest) => void;
  /** Called after the file was removed. */
  readonly tidy: () => Promise<void>;
}

/** A write to a file. Bytes are hashed once, while they are written; only in another process, or after a failed write, they are read again. */
export class DirectoryIngest implements Ingest {
  readonly id: string;
  readonly #options: DirectoryIngestOptions;
  readonly #expected: ExpectedContent;
  readonly #calls: IngestCalls;
  readonly #file: IngestFile;
  #offset: number;
  #digester: ContentDigester | undefined;
  #published = false;
  #suspending = false;

  constructor(options: DirectoryIngestOptions) {
    this.id = options.id;
    this.#options = options;
    this.#expected = options.expected;
    this.#calls = new IngestCalls(options.id);
    this.#file = new IngestFile(options.folder, options.id, options.partial);
    this.#offset = options.partial?.size ?? 0;
    this.#digester = options.digester ?? (this.#offset === 0 ? this.#newDigester() : undefined);
  }

  get offset(): number {
    return this.#offset;
  }

  /** What is in the file, and the hash of it where nothing has to be read for that. */
  get written(): { readonly partial: PartialFile | undefined; readonly digester: ContentDigester | undefined } {
    const { inode } = this.#file;
    return { partial: inode === undefined ? undefined : { inode, size: this.#offset }, digester: this.#digester };
  }

  /**
   * Hands the write over to a new object of the same id in this process, with the hash so far; this one is then closed.
   * Undefined while a call runs: then the new object has to start from the file.
   */
  supersede(expected: ExpectedContent): DirectoryIngest | undefined {
    if (!this.#calls.leave() || this.#calls.busy) return undefined;
    return new DirectoryIngest({ ...this.#options, ...this.written, expected: { ...this.#expected, ...expected } });
  }

  async append(bytes: Bytes, io: Io = {}): Promise<void> {
    throwIfAborted(io.signal);
    await this.#using(({ file }) => this.#append(file, bytes, io));
  }

  async complete(bytes: Bytes, expected: Partial<Descriptor>, io: CompleteOptions = {}): Promise<Descriptor> {
    throwIfAborted(io.signal);
    const descriptor = await this.#using(async (held) => {
      await this.#append(held.file, bytes, io);
      return this.#commit({ ...held, writtenAt: new Date() }, { ...this.#expected, ...expected }, io);
    });
    await this.#end();
    return descriptor;
  }

  async commit(expected: Partial<Descriptor> = {}, io: Io = {}): Promise<Descriptor> {
    throwIfAborted(io.signal);
    const descriptor = await this.#using((held) => this.#commit(held, { ...this.#expected, ...expected }, io));
    await this.#end();
    return descriptor;
  }

  async suspend(): Promise<void> {
    if (!this.#calls.leave()) return;
    this.#options.onClose(this);
    this.#suspending = true;
    if (!this.#calls.busy) await this.#letGo();
  }

  async abort(): Promise<void> {
    await this.#end();
  }

  async #append(file: FileHandle, bytes: Bytes, io: Io): Promise<void> {
    const digester = this.#digester ?? (await this.#hashAgain(file, this.#algorithm(), io));
    // Unset while the hash may run ahead of the file.
    this.#digester = undefined;
    const writer = new ChunkWriter(file, this.#offset, digester);
    try {
      try {
        for await (const chunk of withSignal(bytes, io.signal)) await writer.write(chunk);
      } finally {
        // Also when the source fails: what arrived is kept.
        await writer.flush();
      }
    } finally {
      await writer.close();
      if (writer.syncFailed) await this.#end();
      this.#offset = writer.position;
      if (digester.size === writer.position) this.#digester = digester;
      // The failed write may have left a part of itself.
      else await file.truncate(writer.position);
    }
  }

  async #commit(
    { file, path, mode, writtenAt }: HeldFile,
    stated: ExpectedContent,
    io: CompleteOptions,
  ): Promise<Descriptor> {
    const algorithm = stated.digest === undefined ? this.#algorithm() : algorithmOf(stated.digest);
    const digester =
      this.#digester?.algorithm === algorithm ? this.#digester : await this.#hashAgain(file, algorithm, io);
    // Gives its digest once, or never where its thread has died: then the next commit reads the file.
    this.#digester = undefined;
    const actual = { digest: await digester.digest(), size: this.#offset };
    let descriptor: Descriptor;
    try {
      descriptor = checkedDescriptor(actual, stated);
    } catch (error) {
      await this.#end();
      throw error;
    }
    await file.chmod(mode & 0o444);
    // The age of content counts from its commit, however long ago it was written.
    const now = new Date();
    if (now.getTime() - writtenAt.getTime() > 1000) await file.utimes(now, now);
    await Promise.all([this.#synced(file.datasync()), io.ready?.()]);
    await this.#options.publish(path, actual.digest);
    this.#published = true;
    return descriptor;
  }

  /** The system reports a page that it lost only once: after a failed sync the file cannot be trusted, whatever a later sync says. */
  async #synced(sync: Promise<void>): Promise<void> {
    try {
      await sync;
    } catch (error) {
      await this.#end();
      throw error;
    }
  }

  #newDigester(): ContentDigester {
    return contentDigester(this.#algorithm(), this.#expected.size);
  }

  #algorithm(): DigestAlgorithm {
    return expectedAlgorithm(this.#expected);
  }

  async #end(): Promise<void> {
    if (!this.#calls.end()) return;
    this.#options.onClose(this);
    // A call that runs removes the file when it ends.
    if (!this.#published) await this.#file.remove();
    await this.#options.claim?.remove();
    await this.#options.tidy();
  }

  async #letGo(): Promise<void> {
    this.#options.onSuspend(this);
    await this.#options.claim?.free();
  }

  async #using<T>(work: (held: HeldFile) => Promise<T>): Promise<T> {
    return this.#calls.run(async () => {
      const fate = (): Fate => (this.#published ? 'published' : this.#calls.ended ? 'removed' : 'kept');
      try {
        return await this.#file.use(this.#offset, work, fate);
      } finally {
        if (this.#suspending) await this.#letGo();
        if (this.#calls.ended) await this.#options.tidy();
      }
    });
  }

  async #hashAgain(file: FileHandle, algorithm: DigestAlgorithm, io: Io): Promise<ContentDigester> {
    const digester = new Digester(algorithm);
    const buffer = Buffer.allocUnsafeSlow(1 << 20);
    while (digester.size < this.#offset) {
      throwIfAborted(io.signal);
      const count = Math.min(buffer.length, this.#offset - digester.size);
      const { bytesRead } = await file.read(buffer, 0, count, digester.size);
      if (bytesRead === 0) throw ingestClosed(this.id, 'its file lost bytes');
      digester.update(buffer.subarray(0, bytesRead));
    }
    return new OwnDigester(digester);
  }
}
