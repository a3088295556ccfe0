import { posix } from 'node:path';
import { detectCompression, type Io } from '@lading/bytes';
import { LadingError } from '@lading/errors';
import {
  type Descriptor,
  type Digest,
  Digester,
  descriptorOf,
  encodeJson,
  hexOf,
  type Manifest,
  maxConfigBytes,
  maxManifestBytes,
  mediaTypes,
  parseConfig,
} from '@lading/oci';
import { createMemoryReferences } from '@lading/store';
import { type Archive, readOnly } from './archive.ts';
import { ArchiveContent, type ArchivedContent } from './archive-content.ts';
import type { ArchiveFile, Member } from './archive-file.ts';
import { archiveInvalid } from './archive-invalid.ts';
import { type DockerArchiveEntry, parseDockerManifestJson } from './docker-manifest-json.ts';

/**
 * An archive of `docker save`. Such an archive has no manifests, so an OCI manifest is made for each image: the config's bytes stay as they
 * are, and with them the image ID; a layer that lies there uncompressed is its own diffId, a compressed one (kaniko's) is hashed now.
 */
export async function readDockerArchive(file: ArchiveFile, io: Io): Promise<Archive> {
  const entries = parseDockerManifestJson(await file.read('manifest.json', maxManifestBytes, io), file.path);
  if (entries.length === 0) throw archiveInvalid(file.path, 'manifest.json lists no image');
  const contents = new Map<Digest, ArchivedContent>();
  const content = new ArchiveContent(file, contents);
  const references = createMemoryReferences();
  const images = new Map<Digest, { descriptor: Descriptor; names: string[] }>();
  for (const entry of entries) {
    const bytes = await manifestOf(file, entry, contents, io);
    const descriptor = descriptorOf(bytes, mediaTypes.ociManifest);
    contents.set(descriptor.digest, bytes);
    await references.record(descriptor, bytes, io);
    const image = images.get(descriptor.digest) ?? { descriptor, names: [] };
    images.set(descriptor.digest, image);
    for (const name of entry.RepoTags) {
      if (name === '' || image.names.includes(name)) continue;
      image.names.push(name);
      await references.tag(name, descriptor, io);
    }
  }
  return {
    format: 'docker-archive',
    images: [...images.values()],
    repository: { name: file.path, content, references: readOnly(references, file.path) },
    close: () => file.close(),
  };
}

async function manifestOf(
  file: ArchiveFile,
  entry: DockerArchiveEntry,
  contents: Map<Digest, ArchivedContent>,
  io: Io,
): Promise<Uint8Array> {
  const configBytes = await file.read(posix.normalize(entry.Config), maxConfigBytes, io);
  const config = descriptorOf(configBytes, mediaTypes.ociConfig);
  assertNamedSo(entry.Config, config.digest, file.path);
  contents.set(config.digest, configBytes);
  const diffIds = parseConfig(configBytes).rootfs.diff_ids;
  if (diffIds.length !== entry.Layers.length) {
    throw archiveInvalid(
      file.path,
      `its image ${config.digest} has ${entry.Layers.length} layers and ${diffIds.length} diffIds`,
    );
  }
  const layers: Descriptor[] = [];
  for (const [at, name] of entry.Layers.entries()) {
    const member = file.find(name);
    if (member === undefined) throw archiveInvalid(file.path, `the layer ${name} is missing`);
    const layer = await layerOf(file, member, diffIds[at]!, io);
    contents.set(layer.digest, member);
    layers.push(layer);
  }
  const manifest: Manifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers };
  return encodeJson(manifest);
}

async function layerOf(file: ArchiveFile, member: Member, diffId: Digest, io: Io): Promise<Descriptor> {
  const compression = await compressionOf(file, member, io);
  if (compression === 'none') return { mediaType: mediaTypes.ociLayer, digest: diffId, size: member.size };
  if (compression !== 'gzip' && compression !== 'zstd') {
    throw archiveInvalid(file.path, `a layer is compressed with ${compression}, which images cannot have`);
  }
  const digester = new Digester();
  for await (const chunk of file.stream(member, io)) digester.update(chunk);
  const mediaType = compression === 'gzip' ? mediaTypes.ociLayerGzip : mediaTypes.ociLayerZstd;
  return { mediaType, digest: digester.digest(), size: member.size };
}

async function compressionOf(file: ArchiveFile, member: Member, io: Io): Promise<ReturnType<typeof detectCompression>> {
  for await (const first of file.stream({ offset: member.offset, size: Math.min(member.size, 512) }, io)) {
    return detectCompression(first);
  }
  return 'none';
}

/** A config is named by its digest: `<hex>.json`, or in kaniko's way `sha256:<hex>`. Other names say nothing. */
function assertNamedSo(name: string, digest: Digest, path: string): void {
  const [hex] = /[0-9a-f]{64}(?=(?:\.json)?$)/.exec(name) ?? [];
  if (hex === undefined || hex === hexOf(digest)) return;
  throw new LadingError('DIGEST_MISMATCH', `Cannot open archive ${path}: the config ${name} has the digest ${digest}`, {
    hint: 'The archive was damaged or changed; save the image again.',
    details: { path, expected: hex, actual: digest },
  });
}
