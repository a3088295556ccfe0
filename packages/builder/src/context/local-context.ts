import type { Stats } from 'node:fs';
import { type Bytes, fromBuffer, fromFile, type Io } from '@lading/bytes';
import type { IgnoreFile } from '@lading/dockerfile';
import { isLadingError, LadingError, throwIfAborted } from '@lading/errors';
import { type Digest, Digester, digestOf, verified } from '@lading/oci';
import type { FileSource, SourceFile } from '../file-source.ts';
import type { DigestCache } from './digest-cache.ts';
import { contextFingerprint, contextMark } from './fingerprint.ts';
import { KeptContents } from './kept-contents.ts';
import { type Found, LocalFolder, unreadable } from './local-folder.ts';
import { readSmallFile, type SmallFile, smallFileBytes } from './read-small-file.ts';

export interface LocalContextOptions {
  readonly folder: string;
  /** For messages; `the build context` unless told. */
  readonly name?: string | undefined;
  readonly ignore: IgnoreFile;
  /** Every file is dated to this: a checkout's times say when it was cloned, not what it holds. */
  readonly epoch: number;
  /** What is known of its files from earlier builds. */
  readonly digestCache?: DigestCache | undefined;
}

/**
 * A folder as a source of files, as a git checkout would give it whatever the umask: files are 0644, or 0755 when anyone may
 * execute them, folders 0755, all owned by root and dated to the epoch. Links never lead out of the folder. Sockets, pipes and
 * devices are not part of it. Throws FILE_NOT_FOUND, FILE_UNREADABLE, BUILD_INVALID.
 *
 * A file counts as it was when it was first looked into: one that is different when it is copied fails the build.
 */
export async function openLocalContext(options: LocalContextOptions): Promise<FileSource> {
  const { ignore, epoch, digestCache, name = 'the build context' } = options;
  const folder = await LocalFolder.open(options.folder);
  /** Of files that went into a key. */
  const digests = new Map<string, Digest>();
  const kept = new KeptContents();

  const describe = async ({ path, stats }: Found): Promise<SourceFile | undefined> => {
    const ignored = path !== '' && ignore.matches(path);
    const passage = ignored && stats.isDirectory() && ignore.couldMatchBelow(path);
    if (ignored && !passage) return undefined;
    const common = { path, uid: 0, gid: 0, mtime: epoch, ...(passage ? { passage } : {}) };
    if (stats.isDirectory()) return { ...common, type: 'directory', mode: 0o755, size: 0 };
    if (stats.isSymbolicLink())
      return { ...common, type: 'symlink', mode: 0o777, size: 0, linkPath: await folder.linkTarget(path) };
    if (!stats.isFile()) return undefined;
    const known = digests.has(path) ? undefined : digestCache?.find(path, stats);
    if (known !== undefined) digests.set(path, known);
    return { ...common, type: 'file', mode: (stats.mode & 0o111) === 0 ? 0o644 : 0o755, size: stats.size };
  };

  const digest = async (path: string, size: number, io: Io): Promise<Digest> => {
    const known = digests.get(path);
    if (known !== undefined) return known;
    const small = smallFile(folder, path, size);
    const made = small === undefined ? await contentDigest(folder, path, io) : digestOf(small.content);
    if (small !== undefined) kept.keep(path, small.content, small.stats);
    digests.set(path, made);
    digestCache?.add(path, made);
    return made;
  };

  return {
    name,

    async find(path, { follow }) {
      let firstLink: string | undefined;
      let hidden = false;
      const found = await folder.resolve(path, follow, (link) => {
        firstLink ??= link.path;
        hidden ||= ignore.matches(link.path);
      });
      if (hidden) return undefined;
      const file = found === undefined ? undefined : await describe(found);
      if (found !== undefined && file === undefined) refuseSpecial(found);
      if (file !== undefined || firstLink === undefined) return file;
      const target = await folder.linkTarget(firstLink);
      throw new LadingError(
        'BUILD_INVALID',
        `Cannot copy ${path}: ${firstLink} is a link to ${target}, which is not in ${name}`,
        { hint: 'Copy the file itself, or choose a context that holds both.' },
      );
    },

    async list(path) {
      const files: SourceFile[] = [];
      for (const found of await folder.list(path)) {
        const file = await describe(found);
        if (file !== undefined) files.push(file);
      }
      return files;
    },

    async *read(files, io) {
      for (const file of files) {
        const { path, size } = file;
        const content = kept.take(path, () => folder.look(path)?.stats);
        if (content?.length === size) yield [file, fromBuffer(content)];
        else yield [file, unchanged(path, size, await digest(path, size, io), contentOf(folder, path, size, io))];
      }
    },

    keepsOrder: () => true,

    identity: {
      kind: 'files',
      fingerprint: (files, io) => contextFingerprint(files, ({ path, size }) => digest(path, size, io), io),
      mark: (file) => contextMark(file, digests.get(file.path)),
    },
  };
}

/** COPY of a folder passes over what is no file; COPY of such a thing itself is a mistake. */
function refuseSpecial({ path, stats }: Found): void {
  const what = specialKind(stats);
  if (what === undefined) return;
  throw new LadingError('BUILD_INVALID', `Cannot copy ${path}: it is a ${what}`, {
    hint: 'Only files, folders and links can be copied from a build context.',
  });
}

function specialKind(stats: Stats): string | undefined {
  if (stats.isFIFO()) return 'pipe';
  if (stats.isSocket()) return 'socket';
  return stats.isCharacterDevice() || stats.isBlockDevice() ? 'device' : undefined;
}

/** The content as it is now; it may be other than `size` bytes. */
async function* contentOf(
  folder: LocalFolder,
  path: string,
  size: number,
  io: Io,
): AsyncGenerator<Uint8Array, void, undefined> {
  throwIfAborted(io.signal);
  const small = smallFile(folder, path, size);
  yield* small === undefined ? fromFile(folder.onDisk(path), { ...io, noFollow: true }) : fromBuffer(small.content);
}

/** A file that was small when it was looked at; undefined for every other. */
function smallFile(folder: LocalFolder, path: string, size: number): SmallFile | undefined {
  if (size > smallFileBytes) return undefined;
  try {
    return readSmallFile(folder.onDisk(path));
  } catch (error) {
    throw unreadable(path, error);
  }
}

async function contentDigest(folder: LocalFolder, path: string, io: Io): Promise<Digest> {
  const digester = new Digester();
  for await (const chunk of fromFile(folder.onDisk(path), { ...io, noFollow: true })) digester.update(chunk);
  return digester.digest();
}

/** What is copied must be what the key was made of: otherwise a later build would take it for something else. */
async function* unchanged(
  path: string,
  size: number,
  digest: Digest,
  content: Bytes,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* verified(content, { digest, size });
  } catch (error) {
    if (!isLadingError(error, 'DIGEST_MISMATCH', 'SIZE_MISMATCH')) throw error;
    throw new LadingError('BUILD_INVALID', `Cannot copy ${path}: it changed while it was being built`, {
      hint: 'Build again when nothing writes to the context.',
    });
  }
}
