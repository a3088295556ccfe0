import { createHash } from 'node:crypto';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { fromBuffer } from '@lading/bytes';
import { readTar, writeTar } from '@lading/tar';
import { collected, type FileTree, tarOf } from './file-tree.ts';

interface Content {
  readonly entry: Record<string, unknown>;
  /** Where the content lies in the tar. */
  readonly start: number;
  readonly end: number;
}

/** The tree as an eStargz layer: a gzip member from each content to the next, the table of contents in a tar of one file, the footer. */
export async function estargz(tree: FileTree): Promise<Buffer> {
  const tar = await collected(tarOf(tree));
  const contents = await contentsOf(tar);
  const parts: Buffer[] = [];
  const pack = (start: number, end: number): number => {
    const offset = bytesOf(parts);
    parts.push(gzipSync(tar.subarray(start, end)));
    return offset;
  };
  pack(0, contents[0]?.start ?? tar.length);
  const entries = contents.map(({ entry, start }, at) => ({
    ...entry,
    offset: pack(start, contents[at + 1]?.start ?? tar.length),
  }));
  const table = Buffer.from(JSON.stringify({ version: 1, entries }));
  const header = { path: 'stargz.index.json', type: 'file', mode: 0o444, uid: 0, gid: 0, mtime: 0 } as const;
  const tableOffset = bytesOf(parts);
  parts.push(gzipSync(await collected(writeTar([{ ...header, size: table.length, content: fromBuffer(table) }]))));
  const field = `SG\x16\0${tableOffset.toString(16).padStart(16, '0')}STARGZ`;
  parts.push(Buffer.from(`\x1f\x8b\x08\x04\0\0\0\0\0\xff\x1a\0${field}\x01\0\0\xff\xff${'\0'.repeat(8)}`, 'latin1'));
  return Buffer.concat(parts);
}

/** The tree as a zstd:chunked layer: frames for the headers and for each content, the table and the footer in skippable frames. */
export async function zstdChunked(tree: FileTree): Promise<Buffer> {
  const tar = await collected(tarOf(tree));
  const parts: Buffer[] = [];
  const entries: object[] = [];
  let at = 0;
  const pack = (end: number): number => {
    if (end > at) parts.push(zstdCompressSync(tar.subarray(at, end)));
    at = end;
    return bytesOf(parts);
  };
  for (const { entry, start, end } of await contentsOf(tar)) {
    const offset = pack(start);
    entries.push({ ...entry, offset, endOffset: pack(end) });
  }
  pack(tar.length);
  const json = Buffer.from(JSON.stringify({ version: 1, entries }));
  const table = zstdCompressSync(json);
  const footer = Buffer.alloc(64);
  for (const [index, value] of [bytesOf(parts) + 8, table.length, json.length, 1].entries())
    footer.writeBigUInt64LE(BigInt(value), index * 8);
  footer.write('GnUlInUx', 56, 'latin1');
  parts.push(skippable(table), skippable(footer));
  return Buffer.concat(parts);
}

async function contentsOf(tar: Buffer): Promise<Content[]> {
  const contents: Content[] = [];
  for await (const { path, size, mode, contentOffset } of readTar(fromBuffer(tar))) {
    const data = tar.subarray(contentOffset, contentOffset + size);
    const digest = `sha256:${createHash('sha256').update(data).digest('hex')}`;
    const entry = { name: path, type: 'reg', size, mode, modtime: '1970-01-01T00:00:00Z', digest, chunkDigest: digest };
    contents.push({ entry, start: contentOffset, end: contentOffset + size });
  }
  return contents;
}

function skippable(data: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32LE(0x184d2a50, 0);
  header.writeUInt32LE(data.length, 4);
  return Buffer.concat([header, data]);
}

function bytesOf(parts: readonly Buffer[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}
