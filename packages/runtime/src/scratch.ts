import type { Io } from '@lading/bytes';
import { LadingError } from '@lading/errors';
import type { Digest } from '@lading/oci';
import type { TarEntry } from '@lading/tar';
import type { EngineName, IdMapping } from './engine/engine.ts';
import { chooseEngine } from './engine/engines.ts';
import { clampTimesAsRoot, removeAsRoot, removeMatchingAsRoot, scanAsRoot } from './internal/as-mapped-root.ts';
import { startContainer } from './internal/container.ts';
import type { ExitStatus, ProcessSpec, RunningProcess } from './process.ts';
import type { Snapshot } from './snapshot.ts';

export interface ChangesOptions {
  /** Seconds since 1970: no entry of the layer is newer. */
  readonly epoch: number;
}

/**
 * A writable layer over a snapshot, for one user at a time. It ends with `keep()` or `discard()`; after either, every call but
 * `discard()` throws USAGE. When this process dies, `Snapshots.prune()` finds and removes what is left.
 */
export interface Scratch {
  /** Runs a process to its end, in the file system as the runs before left it. Throws INTERRUPTED when cancelled, RUNTIME_FAILED when the container cannot be set up. */
  run(process: ProcessSpec, io?: Io): Promise<ExitStatus>;
  /** Starts a process and returns at once, for callers that pass signals on. */
  start(process: ProcessSpec, io?: Io): Promise<RunningProcess>;
  /**
   * Forgets changes: files and folders that the patterns name, relative to the root, where `*` stands for any part of a name and a part
   * `**` for any number of folders. What the layers below have at such a path shows again.
   */
  forget(patterns: readonly string[], io?: Io): Promise<void>;
  /** What was changed, as the entries of a layer, in byte order with whiteouts: equal changes give equal entries. */
  changes(options: ChangesOptions, io?: Io): AsyncIterable<TarEntry>;
  /**
   * Makes the changes a snapshot, without copying. `diffId` is that of the layer which the caller wrote from `changes()`; times are
   * set to what that layer holds, as if it had been unpacked. Without `epoch`, that of the last `changes()`.
   */
  keep(diffId: Digest, options?: Partial<ChangesOptions>, io?: Io): Promise<Snapshot>;
  /** Removes everything. May be called again. */
  discard(): Promise<void>;
}

export interface ScratchParts {
  readonly folder: string;
  readonly upper: string;
  readonly mapping: IdMapping;
  readonly engines: readonly EngineName[];
  /** The uppermost first. */
  readonly layers: readonly string[];
  publish(diffId: Digest, size: number): Promise<Snapshot>;
}

export function openScratch(parts: ScratchParts): Scratch {
  return new OverlayScratch(parts);
}

class OverlayScratch implements Scratch {
  readonly #parts: ScratchParts;
  #state: 'open' | 'busy' | 'closed' = 'open';
  #epoch: number | undefined;
  #changedBytes = 0;

  constructor(parts: ScratchParts) {
    this.#parts = parts;
  }

  async run(process: ProcessSpec, io: Io = {}): Promise<ExitStatus> {
    return await (await this.start(process, io)).exited;
  }

  async start(process: ProcessSpec, io: Io = {}): Promise<RunningProcess> {
    this.#use('run a process');
    const { mapping, layers, upper, folder, engines } = this.#parts;
    refuseOtherUsers(process, mapping);
    this.#state = 'busy';
    const free = () => {
      if (this.#state === 'busy') this.#state = 'open';
    };
    try {
      const engine = chooseEngine(engines, process);
      const running = await startContainer({ engine, mapping, layers, upper, parent: folder, process }, io);
      const exited = running.exited.finally(free);
      exited.catch(() => undefined);
      return { exited, kill: running.kill };
    } catch (error) {
      free();
      throw error;
    }
  }

  async forget(patterns: readonly string[], io: Io = {}): Promise<void> {
    this.#use('forget changes');
    await removeMatchingAsRoot(this.#parts.upper, this.#parts.mapping, patterns, io);
  }

  changes({ epoch }: ChangesOptions, io: Io = {}): AsyncIterable<TarEntry> {
    this.#use('read changes');
    this.#epoch = epoch;
    this.#changedBytes = 0;
    return this.#counted(scanAsRoot(this.#parts.upper, this.#parts.mapping, epoch, io));
  }

  async *#counted(entries: AsyncIterable<TarEntry>): AsyncIterable<TarEntry> {
    for await (const entry of entries) {
      this.#changedBytes += entry.size;
      yield entry;
    }
  }

  async keep(diffId: Digest, options: Partial<ChangesOptions> = {}, io: Io = {}): Promise<Snapshot> {
    this.#use('keep the changes');
    const epoch = options.epoch ?? this.#epoch;
    if (epoch === undefined) throw new LadingError('USAGE', 'Cannot keep the changes: no epoch was ever given');
    const { upper, mapping, folder, publish } = this.#parts;
    await clampTimesAsRoot(upper, mapping, epoch, io);
    const snapshot = await publish(diffId, this.#changedBytes);
    this.#state = 'closed';
    await removeAsRoot(folder, mapping);
    return snapshot;
  }

  async discard(): Promise<void> {
    if (this.#state === 'busy') this.#use('discard it');
    this.#state = 'closed';
    await removeAsRoot(this.#parts.folder, this.#parts.mapping);
  }

  #use(what: string): void {
    if (this.#state === 'open') return;
    const reason = this.#state === 'busy' ? 'a process is still running in it' : 'it was kept or discarded';
    throw new LadingError('USAGE', `Cannot ${what} in this scratch layer: ${reason}`, {
      details: { folder: this.#parts.folder },
    });
  }
}

/** With one id mapped, the kernel would refuse any other with a bare EINVAL. */
function refuseOtherUsers({ user }: ProcessSpec, mapping: IdMapping): void {
  if (mapping !== 'single' || user === undefined || (user.uid === 0 && user.gid === 0)) return;
  throw new LadingError(
    'RUNTIME_UNAVAILABLE',
    `Cannot run as ${user.uid}:${user.gid}: without subordinate ids there is only root in a container`,
    {
      hint: 'Ask for a range in /etc/subuid and /etc/subgid (usermod --add-subuids, --add-subgids), or run as user 0.',
    },
  );
}
