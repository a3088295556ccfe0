import { mkdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Bytes, fromBuffer, type Io } from '@lading/bytes';
import { LadingError } from '@lading/errors';
import { digestOf, hexOf } from '@lading/oci';
import { fillFolder, type IdMapping, readFolder, removeFolder } from '@lading/runtime';
import { readTar, type TarEntry, type TarEntryInput, writeTar } from '@lading/tar';
import { type CacheMountName, cacheMountKey, listCacheMounts } from './cache-mount-info.ts';
import { lockFile } from './file-lock.ts';

export interface CacheMountRequest extends CacheMountName {
  /** `shared` by all at once; `locked`: one step at a time; `private`: steps at the same time get folders of their own. */
  readonly sharing: 'shared' | 'private' | 'locked';
  /** What a new one holds, as paths below the folder. */
  readonly initial?: (() => AsyncIterable<TarEntryInput>) | undefined;
}

export interface HeldCacheMount {
  readonly folder: string;
  release(): Promise<void>;
}

/** Where cache mounts of a build cache lie. */
export interface CacheMountPlace {
  readonly cacheFolder: string;
  readonly mapping: IdMapping;
}

/** The folder of a cache mount, made if it is new, for as long as it is held. `waiting` is called when another step has to end first. */
export async function holdCacheMount(
  place: CacheMountPlace,
  request: CacheMountRequest,
  io: Io & { readonly waiting?: (() => void) | undefined } = {},
): Promise<HeldCacheMount> {
  const { sharing } = request;
  for (let variant = 0; ; variant++) {
    const home = homeOf(place, request, variant);
    const mode = sharing === 'shared' ? 'shared' : 'exclusive';
    let lock = await lockFile(`${home}.lock`, { mode, wait: false, ...io });
    if (lock === undefined && sharing === 'private') continue;
    if (lock === undefined) {
      io.waiting?.();
      lock = await lockFile(`${home}.lock`, { mode, wait: true, ...io });
    }
    if (lock === undefined) continue;
    try {
      if (!(await isReady(home))) await makeOnce(home, place.mapping, request, io);
      const now = new Date();
      await utimes(join(home, 'mount.json'), now, now);
      return { folder: join(home, 'root/files'), release: lock.release };
    } catch (error) {
      await lock.release();
      throw error;
    }
  }
}

function homeOf({ cacheFolder, mapping }: CacheMountPlace, request: CacheMountName, variant = 0): string {
  const name = hexOf(digestOf(cacheMountKey(request))).slice(0, 32);
  return join(cacheFolder, 'mounts', mapping, variant === 0 ? name : `${name}-${variant}`);
}

async function isReady(home: string): Promise<boolean> {
  return await stat(join(home, 'mount.json')).then(
    () => true,
    () => false,
  );
}

/**
 * Makes the folder, unless another step does so first. Its own lock is kept all the while, so that nothing is collected in between, and
 * steps that share the mount wait for its making alone, not for each other.
 */
async function makeOnce(home: string, mapping: IdMapping, request: CacheMountRequest, io: Io): Promise<void> {
  const making = await lockFile(`${home}.making`, { mode: 'exclusive', wait: true, ...io });
  try {
    if (!(await isReady(home))) await make(home, mapping, request, entriesOf(request), io);
  } finally {
    await making?.release();
  }
}

async function* entriesOf({ mode, uid, gid, initial }: CacheMountRequest): AsyncGenerator<TarEntryInput, void, void> {
  yield { path: 'files', type: 'directory', mode, uid, gid, size: 0, mtime: 0 };
  if (initial === undefined) return;
  for await (const entry of initial())
    yield {
      ...entry,
      path: `files/${entry.path}`,
      ...(entry.type === 'hardlink' ? { linkPath: `files/${entry.linkPath}` } : {}),
    };
}

/** With the exclusive lock. The file mount.json comes last: without it, the folder is a leftover. */
async function make(
  home: string,
  mapping: IdMapping,
  { id, mode, uid, gid }: CacheMountName,
  entries: AsyncIterable<TarEntryInput>,
  io: Io,
): Promise<void> {
  await removeFolder(home, mapping);
  // Steps may leave setuid programs: nobody else of this machine gets to them.
  await mkdir(join(home, 'root'), { recursive: true, mode: 0o700 });
  await fillFolder(join(home, 'root'), writeTar(entries, io), mapping, io);
  await writeFile(join(home, 'mount.json'), JSON.stringify({ id, mode, uid, gid }));
}

/** Removes a cache mount by the path that it was listed with; one that is in use stays. */
export async function removeCacheMount(path: string): Promise<void> {
  const lock = await lockFile(`${path}.lock`, { mode: 'exclusive', wait: false });
  if (lock === undefined) return;
  try {
    // First what says that it is whole.
    await rm(join(path, 'mount.json'), { force: true });
    await removeFolder(path, basename(dirname(path)) as IdMapping);
  } finally {
    await lock.release();
  }
}

/**
 * What a cache mount holds, as a tar of one folder `files`, whose mode and owner are those of the mount. Of several with that id
 * the one that was used last. Waits for steps that use it alone. Throws BLOB_NOT_FOUND when there is none.
 */
export async function* exportCacheMount(
  place: CacheMountPlace,
  id: string,
  io: Io = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const all = (await Array.fromAsync(listCacheMounts(place.cacheFolder))).filter(
    (one) => one.id === id && one.mapping === place.mapping,
  );
  const [last] = all.sort((a, b) => b.usedAt.getTime() - a.usedAt.getTime());
  if (last === undefined) throw new LadingError('BLOB_NOT_FOUND', `There is no cache mount ${id}`);
  const lock = await lockFile(`${last.path}.lock`, { mode: 'shared', wait: true, ...io });
  try {
    yield* readFolder(join(last.path, 'root'), place.mapping, io);
  } finally {
    await lock?.release();
  }
}

/** Puts what `exportCacheMount()` gave in the place of a cache mount. Throws ARCHIVE_INVALID, TAR_INVALID, TAR_UNSAFE. */
export async function importCacheMount(place: CacheMountPlace, id: string, tar: Bytes, io: Io = {}): Promise<void> {
  const entries = readTar(tar, io)[Symbol.asyncIterator]();
  const { value: first } = await entries.next();
  if (first?.path !== 'files' || first.type !== 'directory') {
    throw new LadingError(
      'ARCHIVE_INVALID',
      `Cannot import the cache mount ${id}: the archive does not begin with a folder "files"`,
      {
        hint: 'Take one that was exported from a cache mount.',
      },
    );
  }
  const { mode, uid, gid } = first;
  const name = { id, mode, uid, gid };
  const home = homeOf(place, name);
  const lock = await lockFile(`${home}.lock`, { mode: 'exclusive', wait: true, ...io });
  try {
    await make(home, place.mapping, name, withFirst(first, entries), io);
  } finally {
    await lock?.release();
  }
}

async function* withFirst(first: TarEntry, rest: AsyncIterator<TarEntry>): AsyncGenerator<TarEntryInput, void, void> {
  yield { ...first, content: fromBuffer('') };
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}
