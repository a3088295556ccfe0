import { link, mkdir, rename, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Io } from '@lading/bytes';
import { algorithmOf, type Digest, hexOf, isDigest } from '@lading/oci';
import { hasErrno } from '../internal/durable-file.ts';
import { waitForHolder, withFileLock } from '../internal/file-lock.ts';
import { namesIn } from '../internal/names-in.ts';
import { removeFile } from '../internal/remove-file.ts';
import type { ContentFolders } from './content-folders.ts';

/**
 * Keeps what takes content away apart from what relies on its being there, in all processes.
 *
 * Who relies on content (a lease, a commit) makes its own mark first, the lease file or the blob's name, and then looks for a sweep; a sweep
 * takes its lock first and then looks for those marks. Whatever the order in time, one of the two sees the other: the sweep leaves the
 * content alone, or the other one waits for the sweep's end and then finds what is true.
 *
 * A blob is not removed by its name, for a commit may put a new file there between look and removal. A sweep moves it aside, looks at what
 * it has in hand, and puts it back when that is not what it wanted.
 */
export class SweepGate {
  readonly #folders: ContentFolders;

  constructor(folders: ContentFolders) {
    this.#folders = folders;
  }

  /** Waits for a sweep that runs now. True when there was one. */
  async settle(io: Io = {}): Promise<boolean> {
    const outcome = await waitForHolder(this.#folders.sweepLock, io);
    if (outcome === 'stale') await this.run(async () => {}, io);
    return outcome !== 'free';
  }

  /** Runs `work` as the only sweep. What an earlier one left aside when it broke off is put back first. */
  async run<T>(work: () => Promise<T>, io: Io = {}): Promise<T> {
    return withFileLock(
      this.#folders.sweepLock,
      async () => {
        await this.#putAllBack();
        try {
          return await work();
        } finally {
          await rmdir(this.#folders.swept).catch(() => {});
        }
      },
      io,
    );
  }

  /** The path where the blob lies now, or undefined when it was not there. Only within `run`. */
  async moveAside(digest: Digest): Promise<string | undefined> {
    await mkdir(this.#folders.swept, { recursive: true });
    const aside = join(this.#folders.swept, `${algorithmOf(digest)}.${hexOf(digest)}`);
    try {
      await rename(this.#folders.blob(digest), aside);
      return aside;
    } catch (error) {
      if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
      throw error;
    }
  }

  /** Never over a newer file. Only within `run`. */
  async putBack(digest: Digest, aside: string): Promise<void> {
    await link(aside, this.#folders.blob(digest)).catch((error: unknown) => {
      if (!hasErrno(error, 'EEXIST')) throw error;
    });
    await removeFile(aside);
  }

  async #putAllBack(): Promise<void> {
    for await (const name of namesIn(this.#folders.swept)) {
      const digest = name.replace('.', ':');
      if (isDigest(digest)) await this.putBack(digest, join(this.#folders.swept, name));
    }
  }
}
