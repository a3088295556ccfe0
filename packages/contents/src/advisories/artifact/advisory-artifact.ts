import { collect, fromFile, type Io, limit, unzstd, zstd } from '@lading/bytes';
import { LadingError } from '@lading/errors';
import { openManifest, type Source, writeArtifact } from '@lading/image';
import { annotationKeys, type Descriptor, type Digest } from '@lading/oci';
import type { Repository } from '@lading/store';
import { installAdvisories } from '../local/local-advisories.ts';
import { openAdvisories } from '../open-advisories.ts';

/** The type of an artifact that is an advisory database: an empty config, and one layer. */
export const advisoriesArtifactType = 'application/vnd.lading.advisories.v1';

/** A database file as `openAdvisories` reads it, compressed. */
export const advisoriesMediaType = 'application/vnd.lading.advisories.v1+zstd';

/** No database is larger, compressed and not: who pulls one is not filled up by what claims to be one. */
const MAX_LAYER_BYTES = 256 << 20;
const MAX_DATABASE_BYTES = 1 << 30;

/**
 * Writes a database into a repository, so that a registry serves it as it does images. Equal databases give the same digest. The caller tags
 * it. Errors: as `openAdvisories`, ADVISORIES_DAMAGED, and what the repository throws.
 */
export async function writeAdvisories(repository: Repository, path: string, io: Io = {}): Promise<Descriptor> {
  const database = openAdvisories(path);
  try {
    database.verify();
    const bytes = await collect(zstd(fromFile(path, io), { level: 15, signal: io.signal }), {
      maxBytes: MAX_LAYER_BYTES,
      what: 'the compressed advisory database',
    });
    return await writeArtifact(repository, {
      artifactType: advisoriesArtifactType,
      parts: [{ mediaType: advisoriesMediaType, bytes, annotations: { [annotationKeys.title]: 'advisories.db' } }],
      annotations: {
        'dev.lading.advisories.digest': database.digest,
        'dev.lading.advisories.newest': database.newest,
        'dev.lading.advisories.records': String(database.records),
      },
      signal: io.signal,
    });
  } finally {
    database.close();
  }
}

/**
 * Fetches a database from a repository to a path, where it replaces the one before once all of it is there and verified. Errors:
 * REFERENCE_NOT_FOUND, ADVISORIES_SOURCE_INVALID when the artifact is something else, BYTES_LIMIT, DIGEST_MISMATCH, and as
 * `installAdvisories`.
 */
export async function fetchAdvisories(
  repository: Repository,
  source: Source,
  path: string,
  io: Io = {},
): Promise<{ readonly digest: Digest; readonly layer: Descriptor }> {
  const layer = await findLayer(repository, source, io);
  const stored = await repository.content.open(layer, io);
  const bytes = limit(unzstd(stored, io), MAX_DATABASE_BYTES, 'the advisory database');
  return { digest: await installAdvisories(path, bytes, io), layer };
}

async function findLayer(repository: Repository, source: Source, io: Io): Promise<Descriptor> {
  const { kind, value } = await openManifest(repository, source, io);
  const [layer] = kind === 'manifest' ? value.layers : [];
  if (
    kind !== 'manifest' ||
    value.artifactType !== advisoriesArtifactType ||
    layer?.mediaType !== advisoriesMediaType
  ) {
    throw new LadingError(
      'ADVISORIES_SOURCE_INVALID',
      `Cannot pull advisories from ${repository.name}: it is no advisory database`,
      {
        hint: 'Name what "lading advisories push" wrote.',
        details: { repository: repository.name, artifactType: value.artifactType },
      },
    );
  }
  if (layer.size <= MAX_LAYER_BYTES) return layer;
  throw new LadingError(
    'BYTES_LIMIT',
    `Cannot pull advisories from ${repository.name}: they have ${layer.size} bytes`,
    {
      details: { size: layer.size, maxBytes: MAX_LAYER_BYTES },
    },
  );
}
