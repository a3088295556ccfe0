import { readFile } from 'node:fs/promises';
import { basename, join, posix, relative, resolve } from 'node:path';
import { type Bytes, collect, fromFile, type Io } from '@lading/bytes';
import { type IgnoreFile, parseIgnore } from '@lading/dockerfile';
import { LadingError, messageOf } from '@lading/errors';
import { hexOf } from '@lading/oci';
import { type ArchiveLimits, defaultLimits } from './archive/limits.ts';
import { maxTextBytes, type OpenedContext, openContext } from './context/open-context.ts';
import { readIgnoreFile } from './context/read-ignore-file.ts';
import { dockerfileLockPath, type LockFile, parseLockFile, readLockFile } from './lock/lock-file.ts';
import type { Material } from './materials.ts';
import type { BuildEnvironment, BuildRequest } from './request.ts';
import { withoutCredentials } from './source/git/git-address.ts';
import { addressName } from './source/http/file-name.ts';
import { Remotes } from './source/remotes.ts';

/** What a build is made from, before it is parsed. Close it. */
export interface BuildInputs extends AsyncDisposable {
  readonly context: OpenedContext;
  /** The text of the Dockerfile, and what messages call it. */
  readonly dockerfile: {
    readonly name: string;
    readonly text: Buffer;
    /** Relative to the context where it lies in it, else its name. */
    readonly path: string;
  };
  readonly ignore: IgnoreFile;
  readonly lock: LockFile | undefined;
  /** Where the lock file of the Dockerfile lies, or would lie; undefined where it cannot be written. */
  readonly lockPath: string | undefined;
  readonly remotes: Remotes;
  readonly limits: ArchiveLimits;
  readonly spoolFolder: string;
  /** What of it came from outside. */
  readonly materials: readonly Material[];
}

/**
 * Opens context, Dockerfile, ignore file and lock file, wherever they come from. The Dockerfile of a folder is a path on this machine,
 * as with Docker, and that of any other context one inside it. Throws FILE_NOT_FOUND, FILE_UNREADABLE, BUILD_INVALID, LOCK_INVALID, and
 * what fetching throws.
 */
export async function openInputs(
  request: Pick<BuildRequest, 'context' | 'file' | 'limits' | 'dockerfile'>,
  environment: Pick<BuildEnvironment, 'cacheFolder' | 'stdin' | 'secret' | 'sshAgent'>,
  io: Io,
): Promise<BuildInputs> {
  const { cacheFolder, stdin, secret, sshAgent } = environment;
  if (request.context === '-' && request.file === '-')
    throw new LadingError('BUILD_INVALID', 'Cannot read both the context and the Dockerfile from stdin');
  const limits = { ...defaultLimits, ...request.limits };
  const spoolFolder = join(cacheFolder, 'spool');
  const remotes = new Remotes({ cacheFolder, limits, secret, sshAgent });
  let context: OpenedContext | undefined;
  try {
    context = await openContext(request.context, { ...{ remotes, stdin, cacheFolder, spoolFolder, limits }, ...io });
    const found = await findDockerfile(context, request, remotes, stdin, io);
    const opened = context;
    return {
      ...{ context, remotes, limits, spoolFolder },
      dockerfile: { name: found.name, text: found.text, path: pathInContext(context, found) },
      ignore: await ignoreOf(context, found.path),
      lock: await lockOf(context, found.path),
      lockPath: context.folder !== undefined && found.path !== undefined ? dockerfileLockPath(found.path) : undefined,
      materials: [context.material, found.material].filter((material) => material !== undefined),
      async [Symbol.asyncDispose]() {
        await opened.close();
        await remotes.close();
      },
    };
  } catch (error) {
    await context?.close();
    await remotes.close();
    throw error;
  }
}

interface FoundDockerfile {
  readonly name: string;
  readonly text: Buffer;
  /** On this machine for a folder, else in the context; absent for one that is in neither. */
  readonly path?: string | undefined;
  readonly material?: Material | undefined;
}

async function findDockerfile(
  context: OpenedContext,
  { file, dockerfile }: Pick<BuildRequest, 'file' | 'dockerfile'>,
  remotes: Remotes,
  stdin: Bytes | undefined,
  io: Io,
): Promise<FoundDockerfile> {
  if (dockerfile !== undefined) {
    const path = file === undefined || context.folder === undefined ? file : resolve(file);
    return { name: basename(file ?? 'Dockerfile'), path, text: Buffer.from(dockerfile) };
  }
  if (file === '-') {
    if (stdin === undefined) throw new LadingError('BUILD_INVALID', 'Cannot read the Dockerfile: there is no stdin');
    return {
      name: 'Dockerfile',
      text: await collect(stdin, { maxBytes: maxTextBytes, what: 'the Dockerfile from stdin', ...io }),
    };
  }
  if (file !== undefined && /^https?:\/\//.test(file)) {
    const { path, digest } = await remotes.http(file, [], io);
    const url = withoutCredentials(file);
    const text = await collect(fromFile(path, io), { maxBytes: maxTextBytes, what: url, ...io });
    const material: Material = { kind: 'http', name: url, uri: url, digest: { sha256: hexOf(digest) } };
    return { name: addressName(file) ?? 'Dockerfile', text, material };
  }
  if (context.dockerfile !== undefined) return { name: 'Dockerfile', text: context.dockerfile };
  if (context.folder !== undefined) {
    const path = resolve(file ?? join(context.folder, 'Dockerfile'));
    return { name: basename(path), path, text: await readDockerfile(path) };
  }
  const path = posix.normalize(file ?? 'Dockerfile').replace(/^\/+/, '');
  const text = await context.text(path);
  if (text !== undefined) return { name: basename(path), path, text };
  throw new LadingError('FILE_NOT_FOUND', `Cannot read the Dockerfile ${path}: the build context does not hold it`, {
    hint: 'Name it with --file, relative to the root of the context.',
  });
}

function pathInContext({ folder }: OpenedContext, { name, path }: FoundDockerfile): string {
  if (path === undefined) return name;
  const inside = folder === undefined ? path : relative(folder, path);
  return inside.startsWith('..') ? name : inside;
}

async function readDockerfile(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    const absent = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new LadingError(
      absent ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE',
      `Cannot read the Dockerfile ${file}: ${absent ? 'it does not exist' : messageOf(error)}`,
      { hint: 'Name it with --file, or give the folder that holds one.' },
    );
  }
}

/** `<Dockerfile>.dockerignore` wins, wherever the Dockerfile is a file. */
async function ignoreOf(context: OpenedContext, dockerfile: string | undefined): Promise<IgnoreFile> {
  if (context.folder !== undefined) return readIgnoreFile(context.folder, dockerfile);
  const own = dockerfile === undefined ? [] : [`${dockerfile}.dockerignore`];
  for (const path of [...own, '.dockerignore']) {
    const text = await context.text(path);
    if (text !== undefined) return parseIgnore(text.toString('utf8'), { filename: basename(path) });
  }
  return parseIgnore('');
}

async function lockOf(context: OpenedContext, dockerfile: string | undefined): Promise<LockFile | undefined> {
  if (dockerfile === undefined) return undefined;
  const path = dockerfileLockPath(dockerfile);
  if (context.folder !== undefined) return readLockFile(path);
  const text = await context.text(path);
  return text === undefined ? undefined : parseLockFile(text.toString('utf8'), path);
}
