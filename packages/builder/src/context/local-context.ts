import type { Stats } from 'node:fs';
import { lstat, readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type Bytes, fromFile, type Io } from '@lading/bytes';
import { type IgnoreFile, parseIgnore } from '@lading/dockerfile';
import { isLadingError, LadingError, throwIfAborted } from '@lading/errors';
import { type Digest, Digester, verified } from '@lading/oci';
import { compareNames, decodeName, encodeName } from '@lading/tar';
import type { FileSource, SourceFile } from '../file-source.ts';

export interface LocalContextOptions {
  readonly folder: string;
  readonly ignore: IgnoreFile;
  /** Every file is dated to this: a checkout's times say when it was cloned, not what it holds. */
  readonly epoch: number;
}

/**
 * A folder as a source of files, as a git checkout would give it whatever the umask: files are 0644, or 0755 when anyone may
 * execute them, folders 0755, all owned by root and dated to the epoch. Symlinks never lead out of the folder.
 */
export function openLocalContext(options: LocalContextOptions): FileSource {
  const { folder, ignore, epoch } = options;
  const root = realpath(folder);
  /** Of files that went into a key. */
  const digests = new Map<string, Digest>();

  const describe = async (path: string): Promise<SourceFile | undefined> => {
    const absolute = join(await root, ...segments(path));
    let stats: Stats;
    try {
      stats = await lstat(nameOnDisk(absolute));
    } catch (error) {
      if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
      throw error;
    }
    const ignored = path !== '' && ignore.matches(path);
    const passage = ignored && stats.isDirectory() && ignore.couldMatchBelow(path);
    if (ignored && !passage) return undefined;
    const common = { path, uid: 0, gid: 0, mtime: epoch, ...(passage ? { passage } : {}) };
    if (stats.isDirectory()) return { ...common, type: 'directory', mode: 0o755, size: 0 };
    if (stats.isSymbolicLink()) {
      const linkPath = decodeName(await readlink(nameOnDisk(absolute), { encoding: 'buffer' }));
      return { ...common, type: 'symlink', mode: 0o777, size: 0, linkPath };
    }
    if (!stats.isFile()) return undefined;
    return { ...common, type: 'file', mode: (stats.mode & 0o111) === 0 ? 0o644 : 0o755, size: stats.size };
  };

  return {
    name: 'the build context',

    async find(path, { follow }) {
      const found = await describe(path);
      if (!follow || found?.type !== 'symlink') return found;
      const base = await root;
      const target = await realpath(join(base, ...segments(path))).catch(() => undefined);
      const inside = target === undefined ? undefined : relative(base, target);
      if (inside === undefined || inside === '..' || inside.startsWith('../')) {
        throw new LadingError(
          'BUILD_INVALID',
          `Cannot copy ${path}: it is a link to ${found.linkPath}, which is not in the build context`,
          {
            hint: 'Copy the file itself, or choose a context that holds both.',
          },
        );
      }
      const file = await describe(inside);
      return file === undefined ? undefined : { ...file, path: inside };
    },

    async list(path) {
      const absolute = join(await root, ...segments(path));
      const names = await readdir(nameOnDisk(absolute), { encoding: 'buffer' });
      const paths = names.map((name) => (path === '' ? decodeName(name) : `${path}/${decodeName(name)}`));
      const files = await Promise.all(paths.sort(compareNames).map(describe));
      return files.filter((file) => file !== undefined);
    },

    async *read(files, io) {
      for (const file of files) {
        const known = digests.get(file.path);
        const content = fromFile(nameOnDisk(join(await root, ...segments(file.path))), io);
        yield [file, known === undefined ? content : unchanged(file.path, known, content)];
      }
    },

    identity: {
      kind: 'files',
      async fingerprint(files, io) {
        const digester = new Digester();
        for (const file of files) {
          let content = '';
          if (file.type === 'file') {
            const digest = await contentDigest(join(await root, ...segments(file.path)), io);
            digests.set(file.path, digest);
            content = digest;
          }
          digester.update(`${JSON.stringify([file.path, file.type, file.mode, file.linkPath ?? '', content])}\n`);
        }
        return digester.digest();
      },
    },
  };
}

/** What is copied must be what the key was made of: otherwise a later build would take it for something else. */
async function* unchanged(path: string, digest: Digest, content: Bytes): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* verified(content, { digest });
  } catch (error) {
    if (!isLadingError(error, 'DIGEST_MISMATCH', 'SIZE_MISMATCH')) throw error;
    throw new LadingError('BUILD_INVALID', `Cannot copy ${path}: it changed while it was being built`, {
      hint: 'Build again when nothing writes to the context.',
    });
  }
}

async function contentDigest(path: string, io: Io): Promise<Digest> {
  throwIfAborted(io.signal);
  const digester = new Digester();
  for await (const chunk of fromFile(nameOnDisk(path), io)) digester.update(chunk);
  return digester.digest();
}

/** The ignore file of a Dockerfile: `<Dockerfile>.dockerignore` beside it wins over `.dockerignore` of the context. */
export async function readIgnoreFile(context: string, dockerfile: string): Promise<IgnoreFile> {
  for (const path of [`${dockerfile}.dockerignore`, join(context, '.dockerignore')]) {
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text !== undefined) return parseIgnore(text, { filename: path });
  }
  return parseIgnore('');
}

function segments(path: string): string[] {
  return path === '' ? [] : path.split('/');
}

/** Names that are not UTF-8 have to be given to the file system as bytes. */
function nameOnDisk(path: string): string | Buffer {
  return path.isWellFormed() ? path : encodeName(path);
}
