import { createHash } from 'node:crypto';
import { mkdir, open, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Bytes, tap, zstd } from '@lading/bytes';
import { type Descriptor, digestOf, encodeJson, hexOf, mediaTypes, parseDigest } from '@lading/oci';
import { writeTar } from '@lading/tar';
import type { Entries, HostileCase } from './hostile-case.ts';

/** Writes the image of a case as an OCI layout. Nothing is synced: hundreds of layers would take seconds. */
export async function writeCase(
  folder: string,
  { layers, config = {} }: Pick<HostileCase, 'layers' | 'config'>,
): Promise<void> {
  await mkdir(join(folder, 'blobs/sha256'), { recursive: true });
  const written: { readonly descriptor: Descriptor; readonly diffId: string }[] = [];
  for (const entries of layers()) written.push(await writeLayer(folder, entries));
  const rootfs = { type: 'layers', diff_ids: written.map(({ diffId }) => diffId) };
  const settings = await put(folder, mediaTypes.ociConfig, { architecture: 'amd64', os: 'linux', ...config, rootfs });
  const manifest = await put(folder, mediaTypes.ociManifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: settings,
    layers: written.map(({ descriptor }) => descriptor),
  });
  await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  await writeFile(join(folder, 'index.json'), encodeJson({ schemaVersion: 2, manifests: [manifest] }));
}

async function put(folder: string, mediaType: string, value: object): Promise<Descriptor> {
  const bytes = encodeJson(value);
  const digest = digestOf(bytes);
  await writeFile(join(folder, 'blobs/sha256', hexOf(digest)), bytes);
  return { mediaType, digest, size: bytes.length };
}

async function writeLayer(folder: string, entries: Entries): Promise<{ descriptor: Descriptor; diffId: string }> {
  const [inside, outside] = [createHash('sha256'), createHash('sha256')];
  const tar = tap(writeTar(entries), (chunk) => void inside.update(chunk));
  const draft = join(folder, 'draft');
  const size = await writeBytes(
    draft,
    tap(zstd(tar, { level: 1 }), (chunk) => void outside.update(chunk)),
  );
  const digest = parseDigest(`sha256:${outside.digest('hex')}`);
  await rename(draft, join(folder, 'blobs/sha256', hexOf(digest)));
  return { descriptor: { mediaType: mediaTypes.ociLayerZstd, digest, size }, diffId: `sha256:${inside.digest('hex')}` };
}

async function writeBytes(path: string, bytes: Bytes): Promise<number> {
  await using handle = await open(path, 'w');
  let size = 0;
  for await (const chunk of bytes) size += (await handle.write(chunk)).bytesWritten;
  return size;
}
