import { randomFillSync } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { type Descriptor, Digester, digestOf, encodeJson, hexOf, mediaTypes } from '@lading/oci';

/**
 * Writes an OCI layout with one image, tagged `bench`, whose layers are gzip files of so many incompressible bytes each: nobody gains by
 * compressing them again. They are synced and in the page cache afterwards. Gives the descriptor of the manifest.
 */
export async function writeSampleLayout(folder: string, layerBytes: readonly number[]): Promise<Descriptor> {
  const blobs = join(folder, 'blobs/sha256');
  await mkdir(blobs, { recursive: true });
  const put = async (value: object, mediaType: string): Promise<Descriptor> => {
    const content = encodeJson(value);
    const digest = digestOf(content);
    await writeFile(join(blobs, hexOf(digest)), content);
    return { mediaType, digest, size: content.length };
  };
  const layers: Descriptor[] = [];
  const diffIds: string[] = [];
  for (const bytes of layerBytes) {
    const { layer, diffId } = await writeLayer(blobs, bytes);
    layers.push(layer);
    diffIds.push(diffId);
  }
  const config = await put(
    {
      created: '2024-01-01T00:00:00Z',
      architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
      os: 'linux',
      config: {},
      rootfs: { type: 'layers', diff_ids: diffIds },
    },
    mediaTypes.ociConfig,
  );
  const mediaType = mediaTypes.ociManifest;
  const manifest = await put({ schemaVersion: 2, mediaType, config, layers }, mediaType);
  const tagged = { ...manifest, annotations: { 'org.opencontainers.image.ref.name': 'bench' } };
  await writeFile(
    join(folder, 'index.json'),
    encodeJson({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [tagged] }),
  );
  await writeFile(join(folder, 'oci-layout'), encodeJson({ imageLayoutVersion: '1.0.0' }));
  return manifest;
}

const pieceBytes = 1 << 20;

/** A gzip file of stored blocks (RFC 1951 §3.2.4), which is what deflate makes of random bytes anyway; in it a tar with one file of them. */
async function writeLayer(blobs: string, bytes: number): Promise<{ layer: Descriptor; diffId: string }> {
  const temporary = join(blobs, 'layer.tmp');
  const file = await open(temporary, 'w');
  const compressed = new Digester('sha256');
  const plain = new Digester('sha256');
  let checksum = 0;
  try {
    const content = Math.max(Math.floor(bytes / 512) * 512, 512);
    await store(file, compressed, Buffer.from('1f8b08000000000000ff', 'hex'));
    const add = async (chunk: Uint8Array, last: boolean): Promise<void> => {
      plain.update(chunk);
      checksum = crc32(chunk, checksum);
      await store(file, compressed, storedBlocks(chunk, last));
    };
    await add(tarHeader(content), false);
    const piece = Buffer.alloc(pieceBytes);
    for (let at = 0; at < content; at += pieceBytes) {
      await add(randomFillSync(piece.subarray(0, Math.min(pieceBytes, content - at))), false);
    }
    await add(Buffer.alloc(1024), true);
    const trailer = Buffer.alloc(8);
    trailer.writeUInt32LE(checksum >>> 0, 0);
    trailer.writeUInt32LE(plain.size % 2 ** 32, 4);
    await store(file, compressed, trailer);
    await file.sync();
  } finally {
    await file.close();
  }
  const digest = compressed.digest();
  await rename(temporary, join(blobs, hexOf(digest)));
  return { layer: { mediaType: mediaTypes.ociLayerGzip, digest, size: compressed.size }, diffId: plain.digest() };
}

async function store(file: FileHandle, digester: Digester, chunk: Uint8Array): Promise<void> {
  digester.update(chunk);
  await file.write(chunk);
}

function storedBlocks(chunk: Uint8Array, last: boolean): Buffer {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < chunk.length; at += 0xffff) {
    const block = chunk.subarray(at, at + 0xffff);
    const head = Buffer.alloc(5);
    head[0] = last && at + block.length === chunk.length ? 1 : 0;
    head.writeUInt16LE(block.length, 1);
    head.writeUInt16LE(block.length ^ 0xffff, 3);
    parts.push(head, block);
  }
  return Buffer.concat(parts);
}

/** A ustar header of one regular file. */
function tarHeader(size: number): Buffer {
  const header = Buffer.alloc(512);
  const octal = (value: number, digits: number, at: number): number =>
    header.write(value.toString(8).padStart(digits, '0'), at);
  header.write('bench.bin', 0);
  octal(0o644, 7, 100);
  octal(0, 7, 108);
  octal(0, 7, 116);
  octal(size, 11, 124);
  octal(0, 11, 136);
  header.write('        0', 148);
  header.write('ustar', 257);
  header.write('00', 263);
  octal(
    header.reduce((total, byte) => total + byte, 0),
    6,
    148,
  );
  header[154] = 0;
  return header;
}
