import { chmod, lstat, mkdir, mkdtemp, readdir, realpath, rename, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Bytes, type Io, tap } from '@lading/bytes';
import { LadingError, throwIfAborted } from '@lading/errors';
import { chainIds, type Digest, hexOf, verified } from '@lading/oci';
import type { IdMapping } from './engine/engine.ts';
import { engines } from './engine/engines.ts';
import { removeAsRoot, unpackAsRoot } from './internal/as-mapped-root.ts';
import { removeLimitGroups } from './internal/limit-group.ts';
import { copyAttributes } from './internal/mount-points.ts';
import { isLeftover, livingOwner, writeOwner } from './internal/owner.ts';
import { spreadFolder } from './internal/spread-folder.ts';
import { assertCanRun, inspectMachine, type Machine } from './machine.ts';
import { openScratch, type Scratch } from './scratch.ts';
import { type Snapshot, stackOf } from './snapshot.ts';
import { fileName, readSnapshotInfo, type SnapshotInfo, type StoredInfo, touchSnapshot } from './snapshot-info.ts';

/** A layer's identity and where its bytes come from. */
export interface LayerSource {
  /** The digest of the uncompressed tar; what arrives is verified against it. */
  readonly diffId: Digest;
  /** Called at most once, only when the layer is not unpacked yet. */
  open(): Promise<Bytes>;
}

export interface PruneOptions {
  /** Snapshots that stay, in any case with those they stand on. Default: all. */
  readonly keep?: (snapshot: SnapshotInfo) => boolean;
}

export interface BeginOptions extends Io {
  /** Snapshots that processes in the layer will mount: they stay as long as it does. */
  readonly uses?: readonly Snapshot[] | undefined;
}

export interface Pruned {
  readonly snapshots: readonly Digest[];
  /** Leftovers of processes that died. */
  readonly scratches: number;
}

/**
 * Unpacked layers on disk, shared by everything that runs and by several processes at once. A cache: it can be rebuilt from
 * blobs at any time. A snapshot appears by one rename, whole or not at all; when two make the same one, the first wins.
 */
export interface Snapshots {
  readonly folder: string;
  readonly machine: Machine;
  /**
   * The snapshot of a stack of layers, the lowest first; layers that are absent are unpacked.
   * Throws DIGEST_MISMATCH, TAR_INVALID or TAR_UNSAFE when a layer is not what it should be, USAGE for no layers.
   */
  ensure(layers: readonly LayerSource[], io?: Io): Promise<Snapshot>;
  /**
   * Files that are no layer, such as a part of a build context, as a snapshot that stands on nothing. `id` stands for all that is in the tar:
   * it is asked for only when there is no snapshot of that name yet.
   */
  ensureFiles(id: Digest, open: () => Promise<Bytes>, io?: Io): Promise<Snapshot>;
  /** The snapshot with that chain id if it is there. */
  find(chainId: Digest): Promise<Snapshot | undefined>;
  /** A writable layer over a snapshot, or over nothing. The caller keeps or discards it. */
  begin(parent: Snapshot | undefined, options?: BeginOptions): Promise<Scratch>;
  /** Removes one snapshot; false when it is absent. Throws RUNTIME_FAILED when a living scratch or another snapshot stands on it. */
  remove(chainId: Digest): Promise<boolean>;
  /** Removes what is not to be kept and not in use, and what died processes left. */
  prune(options?: PruneOptions): Promise<Pruned>;
}

/** Opens, or creates, the folder. Throws RUNTIME_UNAVAILABLE when this machine cannot run containers there. */
export async function openSnapshots(folder: string, options: { readonly machine?: Machine } = {}): Promise<Snapshots> {
  const machine = options.machine ?? (await inspectMachine({ folder }));
  assertCanRun(machine);
  // Owners on disk depend on the id mapping: what root unpacked is useless to a user and the other way round.
  const base = join(folder, machine.mapping);
  await mkdir(join(base, 'snapshots'), { recursive: true });
  // Here files are made; what becomes a snapshot moves with them.
  const scratch = join(base, 'scratch');
  if ((await mkdir(scratch, { recursive: true })) !== undefined) await spreadFolder(scratch);
  // A setuid program of an image is one of this machine, too, to whoever can reach it.
  await chmod(base, 0o700);
  return new DirectorySnapshots(await realpath(base), machine, machine.mapping);
}

type OpenTar = () => Promise<Bytes>;

class DirectorySnapshots implements Snapshots {
  readonly folder: string;
  readonly machine: Machine;
  readonly #mapping: IdMapping;
  readonly #unpacking = new Map<string, Promise<void>>();

  constructor(folder: string, machine: Machine, mapping: IdMapping) {
    this.folder = folder;
    this.machine = machine;
    this.#mapping = mapping;
  }

  async ensure(layers: readonly LayerSource[], io: Io = {}): Promise<Snapshot> {
    const ids = chainIds(layers.map((layer) => layer.diffId));
    // From the lowest up: a folder that a layer only implies looks as it does in those below.
    for (const [index, layer] of layers.entries()) {
      const tar = async () => verified(await layer.open(), { digest: layer.diffId });
      await this.#ensureOne(layer.diffId, tar, ids.slice(0, index + 1).reverse(), io);
    }
    const top = ids.at(-1);
    if (top === undefined) throw new LadingError('USAGE', 'Cannot make a snapshot: there are no layers');
    return await this.#found(top);
  }

  async ensureFiles(id: Digest, open: () => Promise<Bytes>, io: Io = {}): Promise<Snapshot> {
    await this.#ensureOne(id, open, [id], io);
    return await this.#found(id);
  }

  async #found(chainId: Digest): Promise<Snapshot> {
    const snapshot = await this.find(chainId);
    if (snapshot !== undefined) return snapshot;
    throw new LadingError('RUNTIME_FAILED', `The snapshot ${chainId} was removed while it was being made`, {
      transient: true,
    });
  }

  /** `chain` names the layer's snapshot and those below it. */
  async #ensureOne(diffId: Digest, open: OpenTar, chain: readonly Digest[], io: Io): Promise<void> {
    const [chainId] = chain as readonly [Digest, ...Digest[]];
    if ((await touchSnapshot(this.#place(chainId))) || (await exists(this.#place(chainId)))) return;
    const running = this.#unpacking.get(chainId);
    if (running !== undefined) return running;
    const work = this.#unpack(diffId, open, chain, io).finally(() => this.#unpacking.delete(chainId));
    this.#unpacking.set(chainId, work);
    return work;
  }

  async #unpack(diffId: Digest, open: OpenTar, chain: readonly Digest[], io: Io): Promise<void> {
    throwIfAborted(io.signal);
    const [chainId, ...lower] = chain as readonly [Digest, ...Digest[]];
    const [parent] = lower;
    const scratch = await this.#newScratch([]);
    try {
      const files = join(scratch, 'fs');
      await mkdir(files, { mode: 0o755 });
      const below = lower.map((id) => join(this.#place(id), 'fs'));
      let size = 0;
      const tar = tap(await open(), (chunk) => {
        size += chunk.length;
      });
      await unpackAsRoot(tar, files, below, this.#mapping, io);
      await this.#publish(scratch, { chainId, diffId, size, ...(parent === undefined ? {} : { parent }) });
    } finally {
      await removeAsRoot(scratch, this.#mapping);
    }
  }

  /** Makes `fs` in a scratch folder the snapshot of that name. Somebody else's equal one may win. */
  async #publish(scratch: string, metadata: StoredInfo): Promise<void> {
    const ready = join(scratch, 'ready');
    await mkdir(ready);
    await writeFile(join(ready, fileName), JSON.stringify(metadata));
    await rename(join(scratch, 'fs'), join(ready, 'fs'));
    try {
      await rename(ready, this.#place(metadata.chainId));
    } catch (error) {
      if (!(await exists(this.#place(metadata.chainId)))) throw error;
    }
  }

  async find(chainId: Digest): Promise<Snapshot | undefined> {
    const place = this.#place(chainId);
    const metadata = await readSnapshotInfo(place);
    if (metadata === undefined) return undefined;
    const parent = metadata.parent === undefined ? undefined : await this.find(metadata.parent);
    if (metadata.parent !== undefined && parent === undefined) return undefined;
    return { chainId, diffId: metadata.diffId, parent, folder: join(place, 'fs') };
  }

  async begin(parent: Snapshot | undefined, { uses = [], signal }: BeginOptions = {}): Promise<Scratch> {
    throwIfAborted(signal);
    const stack = stackOf(parent);
    const used = [...stack, ...uses.flatMap(stackOf)];
    const folder = await this.#newScratch(used.map((snapshot) => hexOf(snapshot.chainId)));
    const upper = join(folder, 'fs');
    await mkdir(upper, { mode: 0o755 });
    const attributes = parent === undefined ? undefined : await lstat(parent.folder);
    if (attributes !== undefined) await copyAttributes(attributes, upper);
    // The time of the root folder is in no layer; it starts out the same for everybody.
    await utimes(upper, 0, 0);
    return openScratch({
      folder,
      upper,
      mapping: this.#mapping,
      engines: this.machine.engines,
      layers: stack.map((snapshot) => snapshot.folder),
      publish: async (diffId, size) => {
        const diffIds = [...stack.map((snapshot) => snapshot.diffId).reverse(), diffId];
        const chainId = chainIds(diffIds).at(-1) as Digest;
        const below = parent === undefined ? {} : { parent: parent.chainId };
        await this.#publish(folder, { chainId, diffId, size, ...below });
        return { chainId, diffId, parent, folder: join(this.#place(chainId), 'fs') };
      },
    });
  }

  async remove(chainId: Digest): Promise<boolean> {
    const users = await this.#users();
    const children = (await this.#list()).filter((metadata) => metadata.parent === chainId);
    if (users.has(hexOf(chainId)) || children.length > 0) {
      throw new LadingError('RUNTIME_FAILED', `Cannot remove snapshot ${chainId}: it is in use`, {
        hint: children.length > 0 ? 'Remove the snapshots that stand on it first.' : 'Wait for the run that uses it.',
      });
    }
    return await this.#removePlace(chainId);
  }

  async prune({ keep = () => true }: PruneOptions = {}): Promise<Pruned> {
    let scratches = 0;
    for (const name of await readdir(join(this.folder, 'scratch'))) {
      const scratch = join(this.folder, 'scratch', name);
      if (!(await isLeftover(scratch))) continue;
      for (const run of await readdir(scratch)) {
        await removeLimitGroups(`lading-${run}`);
        for (const engine of engines) await engine.cleanUp?.(join(scratch, run));
      }
      await removeAsRoot(scratch, this.#mapping);
      scratches += 1;
    }
    const users = await this.#users();
    const all = await this.#list();
    const byId = new Map(all.map((metadata) => [metadata.chainId, metadata]));
    const kept = new Set<Digest>();
    for (const metadata of all) {
      if (!keep(metadata) && !users.has(hexOf(metadata.chainId))) continue;
      for (let id: Digest | undefined = metadata.chainId; id !== undefined; id = byId.get(id)?.parent) kept.add(id);
    }
    const removed = all.filter((metadata) => !kept.has(metadata.chainId)).map((metadata) => metadata.chainId);
    for (const chainId of removed) await this.#removePlace(chainId);
    return { snapshots: removed, scratches };
  }

  async #removePlace(chainId: Digest): Promise<boolean> {
    // Out of sight by one rename, then removed at leisure.
    const scratch = await this.#newScratch([]);
    try {
      await rename(this.#place(chainId), join(scratch, 'removed'));
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    } finally {
      await removeAsRoot(scratch, this.#mapping);
    }
  }

  async #list(): Promise<SnapshotInfo[]> {
    const names = await readdir(join(this.folder, 'snapshots'));
    const found = await Promise.all(names.map((name) => readSnapshotInfo(join(this.folder, 'snapshots', name))));
    return found.filter((metadata) => metadata !== undefined);
  }

  async #users(): Promise<Set<string>> {
    const names = await readdir(join(this.folder, 'scratch'));
    const owners = await Promise.all(names.map((name) => livingOwner(join(this.folder, 'scratch', name))));
    return new Set(owners.flatMap((owner) => owner?.uses ?? []));
  }

  async #newScratch(uses: readonly string[]): Promise<string> {
    const folder = await mkdtemp(join(this.folder, 'scratch', 's-'));
    await writeOwner(folder, uses);
    return folder;
  }

  #place(chainId: Digest): string {
    return join(this.folder, 'snapshots', hexOf(chainId));
  }
}

async function exists(path: string): Promise<boolean> {
  return await lstat(path).then(
    () => true,
    () => false,
  );
}
