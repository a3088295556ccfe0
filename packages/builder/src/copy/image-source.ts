import { createHash } from 'node:crypto';
import type { Io } from '@lading/bytes';
import type { FileNode } from '@lading/filetree';
import { Digester } from '@lading/oci';
import type { FileSource, SourceFile } from '../file-source.ts';
import type { FileSystem } from '../file-system.ts';

export interface ImageSourceOptions {
  readonly name: string;
  /** Opened only when a file is looked at, so that a cache hit needs no layer. */
  readonly open: () => Promise<FileSystem>;
  /** Names the file system: equal for equal layers. */
  readonly id: string;
  readonly layers?: FileSource['layers'];
  /** Files that are copied are dated to this at the latest. */
  readonly epoch: number;
}

/** A stage or an image as a source of files, with the metadata they have there. */
export function createImageSource(options: ImageSourceOptions): FileSource {
  const { name, open, id, epoch, layers } = options;
  /** Of contents that went into a key, by the id of the content. */
  const digests = new Map<string, string>();

  /** Each content is read once, each layer that holds some is passed over once. */
  const readDigests = async (files: readonly SourceFile[], io: Io): Promise<void> => {
    const wanted = new Map<string, FileNode>();
    for (const file of files)
      if (file.contentId !== undefined && !digests.has(file.contentId)) wanted.set(file.contentId, file);
    if (wanted.size === 0) return;
    const ids = new Map([...wanted].map(([contentId, node]) => [node, contentId]));
    for await (const [node, content] of (await open()).read([...wanted.values()], io)) {
      const hash = createHash('sha256');
      for await (const chunk of content) hash.update(chunk);
      digests.set(ids.get(node) ?? '', hash.digest('hex'));
    }
  };
  const digestOfContent = ({ contentId }: SourceFile): string =>
    contentId === undefined ? '' : (digests.get(contentId) ?? '');

  return {
    name,
    layers,
    identity: {
      kind: 'whole',
      id,
      async fingerprint(files, io) {
        await readDigests(files, io);
        const digester = new Digester();
        const firstOf = new Map<string, number>();
        for (const [index, file] of files.entries()) {
          // Names of one file become hard links: which are, counts.
          const { contentId } = file;
          if (contentId !== undefined && !firstOf.has(contentId)) firstOf.set(contentId, index);
          const first = contentId === undefined ? index : firstOf.get(contentId);
          digester.update(`${JSON.stringify([...landing(file, epoch), first, digestOfContent(file)])}\n`);
        }
        return digester.digest();
      },
      mark: (file) => {
        const { type, mode, uid, gid, linkPath = '' } = file;
        const content = type === 'file' ? digestOfContent(file) : linkPath;
        return `${type} ${mode.toString(8).padStart(4, '0')} ${uid}:${gid}:${content}`;
      },
    },
    async find(path, { follow }) {
      const node = (await open()).tree.lookup(path, { follow });
      return node === undefined ? undefined : describe(node);
    },
    async list(folder) {
      return (await open()).tree.list(folder).map(describe);
    },
    keepsOrder: (files) => liesInOrder(files as readonly FileNode[]),
    async *read(files, io) {
      // They came from here, and describe() took nothing away.
      const nodes = files.map((file) => file as FileNode);
      for await (const [node, content] of (await open()).read(nodes, io)) yield [node as SourceFile, content];
    },
  };
}

/** Everything of a file that a layer shows once it was copied; its time as far as it lands there. */
function landing(file: SourceFile, epoch: number): readonly unknown[] {
  const { path, type, mode, uid, gid, size, linkPath = '', deviceMajor, deviceMinor, xattrs = new Map() } = file;
  const attributes = [...xattrs]
    .map(([name, value]) => [name, Buffer.from(value).toString('hex')])
    .sort(([a = ''], [b = '']) => (a < b ? -1 : 1));
  const time = Math.min(Math.floor(file.mtime), epoch);
  return [path, type, mode, uid, gid, size, time, linkPath, deviceMajor ?? null, deviceMinor ?? null, attributes];
}

/** One pass over one layer meets them as they are listed; what is spread over layers, or was stored in another order, is not. */
function liesInOrder(nodes: readonly FileNode[]): boolean {
  return nodes.every(({ layer, contentOffset = -1 }, index) => {
    const before = nodes[index - 1];
    return (
      contentOffset >= 0 &&
      (before === undefined || (before.layer === layer && (before.contentOffset ?? 0) < contentOffset))
    );
  });
}

/** Every name of a hard-linked file says where the one content lies. */
function describe(node: FileNode): SourceFile {
  if (node.type !== 'file' || node.size === 0) return node;
  const place = node.contentOffset === undefined ? (node.hardLinkOf ?? node.path) : String(node.contentOffset);
  return { ...node, contentId: `${node.layer}:${place}` };
}
