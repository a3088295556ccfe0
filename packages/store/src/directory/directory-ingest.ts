import { randomBytes } from 'node:crypto';
import { type FileHandle, link, mkdir, open, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Bytes, type Io, withSignal } from '@lading/bytes';
import { throwIfAborted } from '@lading/errors';
import { algorithmOf, type Descriptor, type Digest, type DigestAlgorithm, Digester } from '@lading/oci';
import type { Ingest } from '../content-store.ts';
import { hasErrno } from '../internal/durable-file.ts';
import { checkedDescriptor, ingestBusy, ingestClosed } from '../internal/failures.ts';
import { syncFolder } from '../internal/sync-folder.ts';
import { ChunkWriter } from './chunk-writer.ts';
import { idleName, ownName, type PartialFile, removeIngest } from './ingest-folder.ts';

export interface DirectoryIngestOptions {
  readonly id: string;
  /** Holds the partial file; removed by commit and abort. */
  readonly folder: string;
  /** What is in the file already. */
  readonly partial: PartialFile;
  readonly expected: Partial<Descriptor>;
  readonly blobPath: (digest: Digest) => string;
  /** Told once, when the ingest is over. */
  readonly onClose: () => void;
  /** Called after the folder was removed. */
  readonly tidy?: () => Promise<void>;
}

/**
 * A write to a file `ingest/<id>/data`.
 *
 * Several processes may hold the same id. While one appends or commits, the file carries that process's name, so an inode has a single
 * writer and the hash that a commit relies on is the hash of that inode. Bytes are hashed once, while they are written; only after a resume
 * in another process, or a failed write, the file is read again.
 */
export class DirectoryIngest implements Ingest {
  readonly id: string;
  readonly #options: DirectoryIngestOptions;
  readonly #expected: Partial<Descriptor>;
  #offset: number;
  #digester: Digester | undefined;
  #state: 'open' | 'busy' | 'closed' = 'open';
  /** Resumed elsewhere in this process during a call: when that call ends, this object is closed. */
  #superseded = false;

  constructor(options: DirectoryIngestOptions) {
    this.id = options.id;
    this.#options = options;
    this.#expected = options.expected;
    this.#offset = options.partial.size;
    const algorithm = options.expected.digest === undefined ? 'sha256' : algorithmOf(options.expected.digest);
    if (options.partial.size === 0) this.#digester = new Digester(algorithm);
  }

  get offset(): number {
    return this.#offset;
  }

  /**
   * Hands the write over to a new object of the same id in this process, with the hash so far; this one is then closed.
   * Undefined while a call runs: then the new object has to start from the file.
   */
  supersede(expected: Partial<Descriptor>): DirectoryIngest | undefined {
    if (this.#state !== 'open') {
      this.#superseded = true;
      return undefined;
    }
    this.#state = 'closed';
    const next = new DirectoryIngest({
      ...this.#options,
      partial: { ...this.#options.partial, size: this.#offset },
      expected: { ...this.#expected, ...expected },
    });
    next.#digester = this.#digester;
    return next;
  }

  async append(bytes: Bytes, io: Io = {}): Promise<void> {
    throwIfAborted(io.signal);
    await this.#using(async (_path, file) => {
      const digester = this.#digester ?? (await this.#hashAgain(file, this.#algorithm(), io));
      // Unset while the hash may run ahead of the file.
      this.#digester = undefined;
      const writer = new ChunkWriter(file, this.#offset);
      try {
        try {
          for await (const chunk of withSignal(bytes, io.signal)) {
            digester.update(chunk);
            await writer.write(chunk);
          }
        } finally {
          // Also when the source fails: what arrived is kept.
          await writer.flush();
        }
      } finally {
        await writer.close();
        this.#offset = writer.position;
        if (digester.size === writer.position) this.#digester = digester;
        // The failed write may have left a part of itself.
        else await file.truncate(writer.position);
      }
    });
  }

  async commit(expected: Partial<Descriptor> = {}, io: Io = {}): Promise<Descriptor> {
    throwIfAborted(io.signal);
    const stated = { ...this.#expected, ...expected };
    const descriptor = await this.#using(async (path, file) => {
      const algorithm = stated.digest === undefined ? this.#algorithm() : algorithmOf(stated.digest);
      if (this.#digester?.algorithm !== algorithm) this.#digester = await this.#hashAgain(file, algorithm, io);
      const actual = { digest: this.#digester.digest(), size: this.#offset };
      this.#digester = undefined;
      let descriptor: Descriptor;
      try {
        descriptor = checkedDescriptor(actual, stated);
      } catch (error) {
        await this.#end();
        throw error;
      }
      await file.chmod(0o444);
      // The age of content counts from its commit, however long the write took.
      await file.utimes(new Date(), new Date());
      await file.datasync();
      await this.#publish(path, this.#options.blobPath(actual.digest));
      return descriptor;
    });
    await this.#end();
    return descriptor;
  }

  async suspend(): Promise<void> {
    if (this.#superseded || this.#state === 'closed') return;
    this.#state = 'closed';
    this.#options.onClose();
  }

  async abort(): Promise<void> {
    if (this.#superseded) return;
    await this.#end();
  }

  #algorithm(): DigestAlgorithm {
    return this.#expected.digest === undefined ? 'sha256' : algorithmOf(this.#expected.digest);
  }

  async #end(): Promise<void> {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#options.onClose();
    await removeIngest(this.#options.folder);
    await this.#options.tidy?.();
  }

  /** Takes the file for this object alone, runs `work`, and gives it back; a file that `work` moved away or that was removed stays gone. */
  async #using<T>(work: (path: string, file: FileHandle) => Promise<T>): Promise<T> {
    if (this.#state === 'closed') throw ingestClosed(this.id, 'it was committed, aborted or resumed elsewhere');
    if (this.#state === 'busy') throw ingestBusy(this.id);
    this.#state = 'busy';
    const idle = join(this.#options.folder, idleName);
    const own = join(this.#options.folder, ownName(randomBytes(6).toString('hex')));
    try {
      await rename(idle, own).catch((error: unknown) => {
        if (!hasErrno(error, 'ENOENT')) throw error;
        throw ingestClosed(this.id, 'it is gone, or is being written elsewhere');
      });
      const file = await open(own, 'r+');
      try {
        const { size, ino } = await file.stat({ bigint: true });
        if (ino !== this.#options.partial.inode || Number(size) !== this.#offset) {
          throw ingestClosed(this.id, 'it was continued elsewhere');
        }
        return await work(own, file);
      } finally {
        await file.close();
      }
    } finally {
      await this.#giveBack(own, idle);
      if (this.#state === 'busy') this.#state = this.#superseded ? 'closed' : 'open';
    }
  }

  async #giveBack(own: string, idle: string): Promise<void> {
    // link() and not rename(): when someone took over meanwhile, its file must not be replaced.
    await link(own, idle).catch((error: unknown) => {
      if (!hasErrno(error, 'ENOENT', 'EEXIST')) throw error;
    });
    await unlink(own).catch((error: unknown) => {
      if (!hasErrno(error, 'ENOENT')) throw error;
    });
  }

  async #hashAgain(file: FileHandle, algorithm: DigestAlgorithm, io: Io): Promise<Digester> {
    const digester = new Digester(algorithm);
    const buffer = Buffer.allocUnsafeSlow(1 << 20);
    while (digester.size < this.#offset) {
      throwIfAborted(io.signal);
      const count = Math.min(buffer.length, this.#offset - digester.size);
      const { bytesRead } = await file.read(buffer, 0, count, digester.size);
      if (bytesRead === 0) throw ingestClosed(this.id, 'its file lost bytes');
      digester.update(buffer.subarray(0, bytesRead));
    }
    return digester;
  }

  /** Replacing content that is there already is deliberate: its bytes are the same, and a damaged file is healed. */
  async #publish(path: string, blobPath: string): Promise<void> {
    const folder = dirname(blobPath);
    await rename(path, blobPath).catch(async (error: unknown) => {
      if (!hasErrno(error, 'ENOENT')) throw error;
      await mkdir(folder, { recursive: true });
      await syncFolder(dirname(folder));
      await rename(path, blobPath);
    });
    await syncFolder(folder);
  }
}
