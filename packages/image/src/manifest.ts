import type { Io } from '@lading/bytes';
import { isLadingError, LadingError } from '@lading/errors';
import {
  algorithmOf,
  type Descriptor,
  type Digest,
  isDigest,
  type ManifestDocument,
  maxManifestBytes,
  parseManifest,
} from '@lading/oci';
import { type ContentReader, get, type Repository } from '@lading/store';

/** A tag or digest to look up, or a descriptor that is known already. */
export type Source = string | Digest | Descriptor;

/** The descriptor that a tag or digest stands for. Throws REFERENCE_NOT_FOUND. */
export async function resolveReference(repository: Repository, source: Source, io: Io = {}): Promise<Descriptor> {
  if (typeof source !== 'string') return source;
  const found = await repository.references.resolve(source, io);
  if (found !== undefined) return found;
  throw new LadingError(
    'REFERENCE_NOT_FOUND',
    `Cannot find ${join(repository.name, source)}: it has no such ${isDigest(source) ? 'manifest' : 'tag'}`,
    {
      hint: 'Check the name; list the tags to see what is there.',
      details: { repository: repository.name, reference: source },
    },
  );
}

/** Reads and verifies a manifest or index. Throws BLOB_NOT_FOUND, MANIFEST_INVALID, MANIFEST_UNSUPPORTED. */
export async function readManifest(
  content: ContentReader,
  descriptor: Descriptor,
  io: Io = {},
): Promise<ManifestDocument> {
  const bytes = await get(content, descriptor, { maxBytes: maxManifestBytes, signal: io.signal });
  return parseManifest(bytes, descriptor.mediaType, { algorithm: algorithmOf(descriptor.digest) });
}

/** The document behind a reference. A tag whose manifest is gone counts as absent. Throws REFERENCE_NOT_FOUND and as readManifest(). */
export async function openManifest(repository: Repository, source: Source, io: Io = {}): Promise<ManifestDocument> {
  const descriptor = await resolveReference(repository, source, io);
  try {
    return await readManifest(repository.content, descriptor, io);
  } catch (cause) {
    if (!isLadingError(cause, 'BLOB_NOT_FOUND') || typeof source !== 'string') throw cause;
    throw new LadingError(
      'REFERENCE_NOT_FOUND',
      `Cannot open ${join(repository.name, source)}: its manifest ${descriptor.digest} is missing`,
      {
        hint: 'Pull or push the image again.',
        cause,
        details: { repository: repository.name, reference: source, digest: descriptor.digest },
      },
    );
  }
}

function join(repository: string, reference: string): string {
  return `${repository}${isDigest(reference) ? '@' : ':'}${reference}`;
}
