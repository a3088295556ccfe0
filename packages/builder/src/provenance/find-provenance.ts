import type { Io } from '@lading/bytes';
import { isLadingError, LadingError } from '@lading/errors';
import { readManifest } from '@lading/image';
import { annotationKeys, type Descriptor, hexOf, isIndexType, type ManifestDocument } from '@lading/oci';
import { get, type Repository } from '@lading/store';
import { type Provenance, provenanceType, type Statement, statementMediaType } from './statement.ts';

const maxStatementBytes = 16 << 20;

export interface FindProvenanceOptions extends Io {
  /** The index that the image was found through: it may list provenance beside it, as BuildKit does. */
  readonly index?: Extract<ManifestDocument, { kind: 'index' }> | undefined;
  /** Of several that of this build type, where there is one: equal images may have come about in several ways. */
  readonly buildType?: string | undefined;
}

/**
 * The SLSA v1 provenance of an image, from its referrers or from the index; undefined when there is none. Nobody has vouched for it: it says
 * what whoever wrote it says. Throws PROVENANCE_INVALID for one that is damaged or speaks of another image.
 */
export async function findProvenance(
  repository: Repository,
  image: Pick<Descriptor, 'digest'>,
  options: FindProvenanceOptions = {},
): Promise<Provenance | undefined> {
  const { index, buildType, signal } = options;
  const beside = index?.value.manifests ?? [];
  const listed = beside.filter(
    ({ annotations }) => annotations?.[annotationKeys.dockerReferenceDigest] === image.digest,
  );
  const referrers = await Array.fromAsync(repository.references.referrers(image.digest, { signal }));
  let other: Provenance | undefined;
  for (const artifact of [...referrers, ...listed]) {
    if (isIndexType(artifact.mediaType)) continue;
    const found = await provenanceIn(repository, artifact, image, { signal });
    if (buildType === undefined || found?.buildDefinition.buildType === buildType) {
      if (found !== undefined) return found;
    } else other ??= found;
  }
  return other;
}

async function provenanceIn(
  repository: Repository,
  artifact: Descriptor,
  image: Pick<Descriptor, 'digest'>,
  io: Io,
): Promise<Provenance | undefined> {
  const document = await readManifest(repository.content, artifact, io).catch((error: unknown) => {
    // A list of referrers may name what was not copied.
    if (isLadingError(error, 'BLOB_NOT_FOUND')) return undefined;
    throw error;
  });
  if (document?.kind !== 'manifest') return undefined;
  for (const part of document.value.layers) {
    if (part.mediaType !== statementMediaType) continue;
    if (part.annotations?.['in-toto.io/predicate-type'] !== provenanceType) continue;
    const bytes = await get(repository.content, part, { maxBytes: maxStatementBytes, ...io });
    return parseProvenance(bytes, image);
  }
  return undefined;
}

/** Reads a statement about an image. Throws PROVENANCE_INVALID. */
export function parseProvenance(bytes: Uint8Array, { digest }: Pick<Descriptor, 'digest'>): Provenance {
  let statement: Partial<Statement<Partial<Provenance>>> | null;
  try {
    statement = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw invalid(digest, 'it is no JSON', cause);
  }
  const { subject, predicate, predicateType } = statement ?? {};
  if (predicateType !== provenanceType) throw invalid(digest, `it is of type ${JSON.stringify(predicateType)}`);
  const isAbout = Array.isArray(subject) && subject.some((one) => one?.digest?.sha256 === hexOf(digest));
  if (!isAbout) throw invalid(digest, 'it is about another image');
  const { buildDefinition, runDetails } = predicate ?? {};
  const isWhole =
    typeof buildDefinition?.buildType === 'string' &&
    typeof buildDefinition.externalParameters === 'object' &&
    buildDefinition.externalParameters !== null &&
    typeof runDetails?.builder?.id === 'string';
  if (!isWhole) throw invalid(digest, 'parts that SLSA requires are missing');
  const { internalParameters, resolvedDependencies } = buildDefinition;
  return {
    runDetails,
    buildDefinition: {
      ...buildDefinition,
      internalParameters: internalParameters ?? {},
      resolvedDependencies: Array.isArray(resolvedDependencies) ? resolvedDependencies : [],
    },
  };
}

function invalid(digest: string, why: string, cause?: unknown): LadingError {
  return new LadingError('PROVENANCE_INVALID', `Cannot use the provenance of ${digest}: ${why}`, { cause });
}
