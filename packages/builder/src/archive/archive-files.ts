import { createHash } from 'node:crypto';
import { type Bytes, type Io, tap } from '@lading/bytes';
import { LadingError } from '@lading/errors';
import { type FileNode, type FileTree, union } from '@lading/filetree';
import { type Digest, digestOf, parseDigest } from '@lading/oci';
import { readTar, type TarEntry } from '@lading/tar';
import { contextFingerprint, contextMark } from '../context/fingerprint.ts';
import type { FileSource, SourceFile } from '../file-source.ts';
import { Spool, type Stretch } from '../internal/spool.ts';
import type { ArchiveMeter } from './limits.ts';

/** A node of the tree with its content; both come through the union with it. */
interface StoredNode extends FileNode {
  readonly stretch?: Stretch;
  readonly digest?: Digest;
}

const emptyDigest = digestOf('');

/**
 * Tars as one source of files, as git would check them out: 0644 or 0755, root's, dated to the epoch, like a folder of this machine.
 * No path of an archive ever reaches the disk: names and links are followed in memory, and contents lie one after the other in a file
 * without a name, which is gone with the process. Close it.
 */
export class ArchiveFiles {
  readonly #spool: Spool;
  readonly #entries: StoredNode[] = [];

  private constructor(spool: Spool) {
    this.#spool = spool;
  }

  static async create(spoolFolder: string): Promise<ArchiveFiles> {
    return new ArchiveFiles(await Spool.create(spoolFolder));
  }

  /**
   * Takes in a tar, below a folder where one is given; of two entries with one path the later counts. Throws TAR_INVALID, TAR_UNSAFE,
   * TAR_UNSUPPORTED, BYTES_LIMIT, BYTES_CORRUPT.
   */
  async add(tar: Bytes, meter: ArchiveMeter, io: Io & { readonly below?: string | undefined }): Promise<void> {
    const { below = '' } = io;
    const placed = (path: string): string => (below === '' ? path : path === '' ? below : `${below}/${path}`);
    for await (const entry of readTar(tar, io)) {
      meter.entry(entry.size);
      const linkPath = entry.type === 'hardlink' ? placed(entry.linkPath ?? '') : entry.linkPath;
      const stored = entry.type === 'file' ? await this.#store(entry) : {};
      this.#entries.push({
        ...headerOf(entry),
        path: placed(entry.path),
        ...(linkPath && { linkPath }),
        ...stored,
      });
    }
  }

  /** One more file, as the archives' are. */
  async addFile(path: string, content: Bytes, size: number): Promise<void> {
    const header = { path, type: 'file', mode: 0o644, uid: 0, gid: 0, size, mtime: 0 } as const;
    this.#entries.push({ ...header, ...(await this.#store({ content, size })) });
  }

  /** The files that were taken in, each dated to the epoch. `name` is how messages call them: `the build context`. */
  files(name: string, epoch: number): FileSource {
    return filesOf(union([{ entries: this.#entries, whiteouts: [] }]), this.#spool, name, epoch);
  }

  close(): Promise<void> {
    return this.#spool.close();
  }

  async #store({ content, size }: Pick<TarEntry, 'content' | 'size'>): Promise<Pick<StoredNode, 'stretch' | 'digest'>> {
    const hash = createHash('sha256');
    const stretch = await this.#spool.add(
      tap(content, (chunk) => void hash.update(chunk)),
      size,
    );
    return { stretch, digest: parseDigest(`sha256:${hash.digest('hex')}`) };
  }
}

function headerOf({ type, mode, size }: TarEntry): Omit<FileNode, 'path'> {
  const common = { type, uid: 0, gid: 0, mtime: 0 };
  if (type === 'directory') return { ...common, mode: 0o755, size: 0 };
  if (type === 'symlink') return { ...common, mode: 0o777, size: 0 };
  return { ...common, mode: (mode & 0o111) === 0 ? 0o644 : 0o755, size };
}

function filesOf(tree: FileTree, spool: Spool, name: string, epoch: number): FileSource {
  const describe = (node: FileNode): SourceFile => ({ ...fileOf(node), mtime: epoch });
  return {
    name,
    async find(path, { follow }) {
      const node = tree.lookup(path, { follow });
      if (node !== undefined && isSpecial(node)) throw special(node, name);
      if (node !== undefined) return describe(node);
      const link = follow ? tree.lookup(path, { follow: false }) : undefined;
      if (link !== undefined) throw leadsNowhere(link, name);
      return undefined;
    },
    async list(folder) {
      return tree.list(folder).flatMap((node) => (isSpecial(node) ? [] : [describe(node)]));
    },
    keepsOrder: () => true,
    async *read(files, io) {
      for (const file of files) {
        const { stretch } = file as StoredNode;
        yield [file, stretch === undefined ? nothing() : spool.read(stretch, io.signal)];
      }
    },
    identity: {
      kind: 'files',
      fingerprint: (files, io) => contextFingerprint(files, (file) => (file as StoredNode).digest ?? emptyDigest, io),
      mark: (file) => contextMark(file, (file as StoredNode).digest),
    },
  };
}

/** A hard link is a file of its own here, as in a checkout. */
function fileOf(node: FileNode): SourceFile {
  const { layer: _layer, contentOffset: _offset, hardLinkOf: _link, ...file } = node;
  return file;
}

function isSpecial({ type }: FileNode): boolean {
  return type === 'character' || type === 'block' || type === 'fifo';
}

/** COPY of a folder passes over what is no file; COPY of such a thing itself is a mistake. */
function special({ path, type }: FileNode, name: string): LadingError {
  const what = type === 'fifo' ? 'pipe' : 'device';
  return new LadingError('BUILD_INVALID', `Cannot copy ${path} from ${name}: it is a ${what}`, {
    hint: 'Only files, folders and links can be copied.',
  });
}

function leadsNowhere({ path, linkPath }: FileNode, name: string): LadingError {
  return new LadingError('BUILD_INVALID', `Cannot copy ${path}: it is a link to ${linkPath}, which is not in ${name}`, {
    hint: 'Copy the file itself, or choose a context that holds both.',
  });
}

async function* nothing(): AsyncGenerator<Uint8Array, void, undefined> {}
