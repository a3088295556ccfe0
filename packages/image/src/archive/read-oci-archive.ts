import type { Io } from '@lading/bytes';
import { isLadingError } from '@lading/errors';
import { annotationKeys, type Descriptor, type Digest, isDigest, isManifestType, maxManifestBytes } from '@lading/oci';
import { createMemoryReferences, parseLayoutIndex, parseLayoutVersion, type ReferenceStore } from '@lading/store';
import { readManifest } from '../manifest.ts';
import { type Archive, type ArchivedImage, readOnly } from './archive.ts';
import { ArchiveContent } from './archive-content.ts';
import type { ArchiveFile, Member } from './archive-file.ts';
import { archiveInvalid } from './archive-invalid.ts';

const maxIndexDepth = 5;

/** A tar of an OCI layout. OCI image-spec 1.1 §image-layout. */
export async function readOciArchive(file: ArchiveFile, io: Io): Promise<Archive> {
  parseLayoutVersion(await file.read('oci-layout', maxManifestBytes, io), file.path);
  const index = parseLayoutIndex(await file.read('index.json', maxManifestBytes, io), file.path);
  const contents = new Map<Digest, Member>();
  for (const name of file.names()) {
    const [, algorithm, hex] = /^blobs\/([^/]+)\/([^/]+)$/.exec(name) ?? [];
    const digest = `${algorithm}:${hex}`;
    if (!isDigest(digest)) continue;
    const member = file.find(name);
    if (member !== undefined) contents.set(digest, member);
  }
  const content = new ArchiveContent(file, contents);
  const references = createMemoryReferences();
  const names = new Map<Digest, { descriptor: Descriptor; names: string[] }>();
  for (const entry of index.manifests) {
    if (!isManifestType(entry.mediaType)) continue;
    if (!contents.has(entry.digest))
      throw archiveInvalid(file.path, `the manifest ${entry.digest} of index.json is missing`);
    await record(content, references, entry, io, 0);
    const image = names.get(entry.digest) ?? { descriptor: entry, names: [] };
    names.set(entry.digest, image);
    // containerd and Docker write the full name here, and only the tag as ref.name.
    const { [annotationKeys.containerdImageName]: full, [annotationKeys.refName]: tag } = entry.annotations ?? {};
    for (const name of new Set([full, tag])) {
      if (name === undefined || name === '' || isDigest(name)) continue;
      if (!image.names.includes(name) && (name === full || full === undefined)) image.names.push(name);
      await references.tag(name, entry, io);
    }
  }
  return {
    format: 'oci-archive',
    images: [...names.values()] satisfies ArchivedImage[],
    repository: { name: file.path, content, references: readOnly(references, file.path) },
    close: () => file.close(),
  };
}

/** Makes a manifest and those below it known. Children that are absent are none of this archive's, as after a copy of some platforms. */
async function record(
  content: ArchiveContent,
  references: ReferenceStore,
  descriptor: Descriptor,
  io: Io,
  depth: number,
): Promise<void> {
  let document: Awaited<ReturnType<typeof readManifest>>;
  try {
    document = await readManifest(content, descriptor, io);
  } catch (error) {
    if (depth > 0 && isLadingError(error, 'BLOB_NOT_FOUND')) return;
    throw error;
  }
  await references.record(descriptor, document.bytes, io);
  if (document.kind !== 'index' || depth >= maxIndexDepth) return;
  for (const child of document.value.manifests) {
    if (isManifestType(child.mediaType)) await record(content, references, child, io, depth + 1);
  }
}
