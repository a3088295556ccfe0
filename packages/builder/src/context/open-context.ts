import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Bytes, collect, fromFile, type Io } from '@lading/bytes';
import type { IgnoreFile } from '@lading/dockerfile';
import { LadingError } from '@lading/errors';
import { hexOf } from '@lading/oci';
import { ArchiveFiles } from '../archive/archive-files.ts';
import { type ArchiveLimits, ArchiveMeter } from '../archive/limits.ts';
import { openTar } from '../archive/open-tar.ts';
import type { FileSource } from '../file-source.ts';
import type { Material } from '../materials.ts';
import { withoutCredentials } from '../source/git/git-address.ts';
import { gitMaterial, type Remotes } from '../source/remotes.ts';
import { commitTimeOf } from './commit-time.ts';
import { parseContextAddress } from './context-address.ts';
import { openDigestCache } from './digest-cache.ts';
import { openLocalContext } from './local-context.ts';
import { withIgnore } from './with-ignore.ts';

/** A context, before it is known what of it is left out and how its files are dated. Close it. */
export interface OpenedContext {
  /** Where it lies on this machine, absolute; absent for one that was fetched or read. */
  readonly folder?: string | undefined;
  /** The Dockerfile that stdin or an address gave instead of files. */
  readonly dockerfile?: Buffer | undefined;
  readonly material?: Material | undefined;
  files(ignore: IgnoreFile, epoch: number): Promise<FileSource>;
  /** A small file of it, whatever is left out; undefined when it is not there. */
  text(path: string): Promise<Buffer | undefined>;
  /** When the commit that is checked out was made, in seconds since 1970; undefined when no git knows it. */
  commitTime(): Promise<number | undefined>;
  close(): Promise<void>;
}

export interface OpenContextOptions extends Io {
  readonly cacheFolder: string;
  readonly remotes: Remotes;
  readonly stdin?: Bytes | undefined;
  readonly spoolFolder: string;
  readonly limits: ArchiveLimits;
}

/** Of a Dockerfile and the like. */
export const maxTextBytes: number = 4 << 20;
const contextName = 'the build context';

/**
 * Opens the context of a build: a folder, a git repository, the address of an archive or of a Dockerfile, or `-` for either of them on
 * stdin. Throws FILE_NOT_FOUND, BUILD_INVALID, and as the kind of place does.
 */
export async function openContext(text: string, options: OpenContextOptions): Promise<OpenedContext> {
  const isFolder =
    text !== '-' &&
    (await stat(text).then(
      (info) => info.isDirectory(),
      () => false,
    ));
  const place = parseContextAddress(text, isFolder);
  switch (place.kind) {
    case 'folder':
      return localFolder(resolve(place.path), options.cacheFolder);
    case 'git': {
      const { files, commit } = await options.remotes.git(place.address, contextName, undefined, options);
      const name = withoutCredentials(place.text);
      return {
        ...archived(files, async () => commit.time),
        material: gitMaterial(name, place.address, commit),
        close: async () => {},
      };
    }
    case 'http': {
      const download = await options.remotes.http(place.url, [], options);
      const url = withoutCredentials(place.url);
      const opened = await fromBytes(fromFile(download.path, options), url, options);
      return { ...opened, material: { kind: 'http', name: url, uri: url, digest: { sha256: hexOf(download.digest) } } };
    }
    case 'stdin':
      if (options.stdin === undefined)
        throw new LadingError('BUILD_INVALID', 'Cannot read the build context: there is no stdin');
      return fromBytes(options.stdin, 'stdin', options);
  }
}

function localFolder(folder: string, cacheFolder: string): OpenedContext {
  const digestCache = openDigestCache(cacheFolder, folder);
  return {
    folder,
    files: (ignore, epoch) => openLocalContext({ folder, ignore, epoch, digestCache }),
    text: (path) => readFile(resolve(folder, path)).catch(absent),
    commitTime: () => commitTimeOf(folder),
    close: async () => digestCache.save(),
  };
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
  throw error;
}

/** The files of an archive that lies on this machine; undefined when it is none. Close them. */
export async function openArchiveContext(
  path: string,
  name: string,
  options: Io & Pick<OpenContextOptions, 'spoolFolder' | 'limits'>,
): Promise<ArchiveFiles | undefined> {
  const meter = new ArchiveMeter(options.limits, name);
  const opened = await openTar(fromFile(path, options), meter, options);
  if (opened.kind === 'plain') await opened.release();
  if (opened.kind !== 'tar') return undefined;
  const files = await ArchiveFiles.create(options.spoolFolder);
  try {
    await files.add(opened.tar, meter, options);
    return files;
  } catch (error) {
    await files.close();
    throw error;
  }
}

/** An archive is the context; a text is the Dockerfile of a build without files. */
async function fromBytes(bytes: Bytes, name: string, options: OpenContextOptions): Promise<OpenedContext> {
  const meter = new ArchiveMeter(options.limits, name);
  const opened = await openTar(bytes, meter, options);
  const files = await ArchiveFiles.create(options.spoolFolder);
  const close = (): Promise<void> => files.close();
  try {
    if (opened.kind === 'tar') {
      await files.add(opened.tar, meter, options);
      return { ...archived(files), close };
    }
    if (opened.kind === 'plain' && isText(opened.first)) {
      const dockerfile = await collect(opened.bytes, { maxBytes: maxTextBytes, what: `the Dockerfile from ${name}` });
      return { ...archived(files), dockerfile, close };
    }
    if (opened.kind === 'plain') await opened.release();
    throw new LadingError(
      'BUILD_INVALID',
      `Cannot use ${name} as build context: it is neither a tar nor a Dockerfile`,
      {
        hint: 'Give a tar (plain, or compressed with gzip, bzip2, xz or zstd), or the text of a Dockerfile.',
      },
    );
  } catch (error) {
    await close();
    throw error;
  }
}

function isText(first: Buffer): boolean {
  return first.length > 0 && !first.includes(0);
}

function archived(
  files: ArchiveFiles,
  commitTime: OpenedContext['commitTime'] = async () => undefined,
): Pick<OpenedContext, 'files' | 'text' | 'commitTime'> {
  const all = files.files(contextName, 0);
  return {
    files: async (ignore, epoch) => withIgnore(files.files(contextName, epoch), ignore),
    async text(path) {
      const file = await all.find(path, { follow: true }).catch(() => undefined);
      if (file?.type !== 'file') return undefined;
      for await (const [, content] of all.read([file], {}))
        return collect(content, { maxBytes: maxTextBytes, what: path });
      return undefined;
    },
    commitTime,
  };
}
