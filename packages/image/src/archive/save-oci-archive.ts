import type { Io } from '@lading/bytes';
import {
  algorithmOf,
  annotationKeys,
  childrenOf,
  type Descriptor,
  type Digest,
  encodeJson,
  formatReference,
  hexOf,
  isForeignLayerType,
  isManifestType,
  mediaTypes,
  parseReference,
} from '@lading/oci';
import type { Repository } from '@lading/store';
import { compareNames, type TarEntryInput, writeTar } from '@lading/tar';
import { readManifest, resolveReference } from '../manifest.ts';
import { archiveFolder, archiveMember } from './archive-member.ts';
import type { SavedImage } from './save-docker-archive.ts';

export interface SaveOciArchiveOptions extends Io {
  /** Also what refers to the saved manifests. */
  readonly referrers?: boolean | undefined;
}

/**
 * A tar of an OCI layout with whole images and indexes, every byte of them as it is. A name becomes the entry's
 * `org.opencontainers.image.ref.name`, as skopeo matches it; one that is more than a tag also containerd's full image name.
 * Equal images give equal bytes. Throws REFERENCE_NOT_FOUND, BLOB_NOT_FOUND, and as reading does.
 */
export async function* saveOciArchive(
  repository: Repository,
  images: readonly SavedImage[],
  options: SaveOciArchiveOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* writeTar(members(repository, images, options), options);
}

async function* members(
  repository: Repository,
  images: readonly SavedImage[],
  options: SaveOciArchiveOptions,
): AsyncGenerator<TarEntryInput, void, undefined> {
  const contents = new Map<Digest, Descriptor>();
  const entries: Descriptor[] = [];
  for (const { from, names = [] } of images) {
    const root = await resolveReference(repository, from, options);
    const referrers = await collectContents(repository, root, contents, options);
    const { mediaType, digest, size, platform } = root;
    const entry = { mediaType, digest, size, ...(platform === undefined ? {} : { platform }) };
    entries.push(...(names.length === 0 ? [entry] : names.map((name) => named(entry, name))), ...referrers);
  }
  const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: entries };
  yield archiveMember('oci-layout', encodeJson({ imageLayoutVersion: '1.0.0' }));
  yield archiveMember('index.json', encodeJson(index));
  yield archiveFolder('blobs');
  const byName = [...contents.values()].sort((a, b) => compareNames(a.digest, b.digest));
  for (const algorithm of new Set(byName.map(({ digest }) => algorithmOf(digest))))
    yield archiveFolder(`blobs/${algorithm}`);
  for (const descriptor of byName) {
    const { digest, mediaType, size } = descriptor;
    if (isForeignLayerType(mediaType) && (await repository.content.stat(descriptor, options)) === undefined) continue;
    const bytes = await repository.content.open(descriptor, { signal: options.signal });
    yield archiveMember(`blobs/${algorithmOf(digest)}/${hexOf(digest)}`, { bytes, size });
  }
}

/** Notes everything below a manifest. Returns the referrers that were noted with it, which index.json lists. */
async function collectContents(
  repository: Repository,
  root: Descriptor,
  contents: Map<Digest, Descriptor>,
  options: SaveOciArchiveOptions,
): Promise<Descriptor[]> {
  const referrers: Descriptor[] = [];
  const queue = [root];
  for (const descriptor of queue) {
    if (contents.has(descriptor.digest)) continue;
    contents.set(descriptor.digest, descriptor);
    if (!isManifestType(descriptor.mediaType)) continue;
    queue.push(...childrenOf(await readManifest(repository.content, descriptor, options)));
    if (options.referrers !== true) continue;
    for await (const referrer of repository.references.referrers(descriptor.digest, { signal: options.signal })) {
      if (contents.has(referrer.digest)) continue;
      const { mediaType, digest, size, artifactType } = referrer;
      const entry = { mediaType, digest, size, ...(artifactType === undefined ? {} : { artifactType }) };
      referrers.push(entry);
      queue.push(entry);
    }
  }
  return referrers;
}

function named(entry: Descriptor, name: string): Descriptor {
  const full = /[:/]/.test(name) ? { [annotationKeys.containerdImageName]: formatReference(parseReference(name)) } : {};
  return { ...entry, annotations: { ...full, [annotationKeys.refName]: name } };
}
