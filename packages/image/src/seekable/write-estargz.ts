import { type Bytes, collect, fromBuffer, gzipMembers, type Io } from '@lading/bytes';
import { type Annotations, type Digest, Digester, digestOf } from '@lading/oci';
import { writeTar } from '@lading/tar';
import { type EstargzFile, estargzPieces } from './estargz-pieces.ts';

// stargz-snapshotter, docs/estargz.md §TOC, §Footer, §annotations.
const TABLE_NAME = 'stargz.index.json';
const TABLE_DIGEST = 'containerd.io/snapshot/stargz/toc.digest';
const UNCOMPRESSED_SIZE = 'io.containers.estargz.uncompressed-size';
const TYPES = {
  file: 'reg',
  directory: 'dir',
  symlink: 'symlink',
  hardlink: 'hardlink',
  character: 'char',
  block: 'block',
  fifo: 'fifo',
} as const;

/** What is known of a layer when its last byte was read. */
export interface EstargzSummary {
  /** Of the tar with the table of contents in it. */
  readonly diffId: Digest;
  readonly uncompressedSize: number;
  /** By which snapshotters verify the table, for the layer's descriptor. */
  readonly annotations: Annotations;
}

export interface WriteEstargzOptions extends Io {
  /** Of gzip. */
  readonly level?: number | undefined;
  readonly onEnd: (summary: EstargzSummary) => void;
}

/**
 * A tar as an eStargz layer: gzip with a member for each chunk of content, and a table of contents as the last entry of the tar, so that
 * the diffId is not that of the tar as it was. Equal tars give equal bytes. Nothing marks files to be fetched first.
 */
export async function* writeEstargz(
  tar: Bytes,
  { level, onEnd, signal }: WriteEstargzOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const files: EstargzFile[] = [];
  const offsets: number[] = [];
  const digester = new Digester();
  let at = 0;
  const pieces = estargzPieces(tar, (file) => files.push(file), { signal });
  for await (const member of gzipMembers(hashed(pieces, digester), { level, signal })) {
    offsets.push(at);
    at += member.byteLength;
    yield member;
  }
  const table = Buffer.from(
    JSON.stringify({ version: 1, entries: files.flatMap((file) => tableEntries(file, offsets)) }),
  );
  const header = { path: TABLE_NAME, type: 'file', mode: 0o444, uid: 0, gid: 0, mtime: 0 } as const;
  const end = await collect(writeTar([{ ...header, size: table.length, content: fromBuffer(table) }]), {
    maxBytes: table.length + 4096,
    what: TABLE_NAME,
  });
  digester.update(end);
  yield* gzipMembers(fromWhole(end), { level, signal });
  yield footer(at);
  const annotations = { [TABLE_DIGEST]: digestOf(table), [UNCOMPRESSED_SIZE]: String(digester.size) };
  onEnd({ diffId: digester.digest(), uncompressedSize: digester.size, annotations });
}

async function* hashed(pieces: Bytes, digester: Digester): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const piece of pieces) {
    digester.update(piece);
    yield piece;
  }
}

async function* fromWhole(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}

/** The entry of a file, and one for each further chunk of its content. */
function tableEntries({ entry, chunks, digest }: EstargzFile, offsets: readonly number[]): object[] {
  const { path, type, mode, uid, gid, size, mtime, linkPath, deviceMajor, deviceMinor, xattrs } = entry;
  const name = type === 'directory' ? `${path}/` : path;
  const [first, ...rest] = chunks.map(({ piece, offset, size: bytes, digest: own }) => ({
    offset: offsets[piece],
    ...(offset === 0 ? {} : { chunkOffset: offset }),
    // The last chunk is what is left.
    ...(offset + bytes === size ? {} : { chunkSize: bytes }),
    chunkDigest: `sha256:${own}`,
  }));
  const attributes = [...(xattrs ?? [])].map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
  return [
    {
      ...{ name, type: TYPES[type], mode, uid, gid },
      ...(size === 0 ? {} : { size }),
      modtime: new Date(Math.floor(mtime) * 1000).toISOString().replace('.000Z', 'Z'),
      ...(linkPath === undefined ? {} : { linkName: linkPath }),
      ...(deviceMajor === undefined ? {} : { devMajor: deviceMajor }),
      ...(deviceMinor === undefined ? {} : { devMinor: deviceMinor }),
      ...(attributes.length === 0 ? {} : { xattrs: Object.fromEntries(attributes) }),
      ...(digest === undefined ? {} : { digest: `sha256:${digest}` }),
      ...first,
    },
    ...rest.map((chunk) => ({ name, type: 'chunk', ...chunk })),
  ];
}

/** An empty gzip member; its extra field says where the table begins. */
function footer(tableOffset: number): Buffer {
  const field = `SG\x16\0${tableOffset.toString(16).padStart(16, '0')}STARGZ`;
  return Buffer.from(`\x1f\x8b\x08\x04\0\0\0\0\0\xff\x1a\0${field}\x01\0\0\xff\xff${'\0'.repeat(8)}`, 'latin1');
}
