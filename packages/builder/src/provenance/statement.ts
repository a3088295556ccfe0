import type { Descriptor } from '@lading/oci';
import { digestSet } from '../materials.ts';

/** Something by its name, its place and its digests (in-toto attestation framework v1 §ResourceDescriptor). */
export interface ResourceDescriptor {
  readonly name?: string | undefined;
  readonly uri?: string | undefined;
  readonly digest?: Readonly<Record<string, string>> | undefined;
  /** Base64 of the thing itself. */
  readonly content?: string | undefined;
  readonly mediaType?: string | undefined;
  readonly annotations?: Readonly<Record<string, unknown>> | undefined;
}

/** Something that is said of something (in-toto attestation framework v1 §Statement). */
export interface Statement<Predicate = unknown> {
  readonly _type: 'https://in-toto.io/Statement/v1';
  readonly subject: readonly ResourceDescriptor[];
  readonly predicateType: string;
  readonly predicate: Predicate;
}

/** How something was built (SLSA provenance v1). */
export interface Provenance {
  readonly buildDefinition: BuildDefinition;
  readonly runDetails: {
    readonly builder: { readonly id: string; readonly version?: Readonly<Record<string, string>> | undefined };
    readonly metadata?: BuildMetadata | undefined;
    readonly byproducts?: readonly ResourceDescriptor[] | undefined;
  };
}

export interface BuildDefinition {
  /** What the parameters mean. */
  readonly buildType: string;
  /** What whoever started the build could choose. */
  readonly externalParameters: object;
  /** What the builder chose, and has to choose again for the same bytes. */
  readonly internalParameters: object;
  readonly resolvedDependencies: readonly ResourceDescriptor[];
}

/** Of one run. Times: ISO 8601. */
export interface BuildMetadata {
  readonly invocationId?: string | undefined;
  readonly startedOn?: string | undefined;
  readonly finishedOn?: string | undefined;
}

export const provenanceType = 'https://slsa.dev/provenance/v1';
/** Of statements, and of artifacts that hold some. */
export const statementMediaType = 'application/vnd.in-toto+json';

/** The statement about an image. It names the image by digest alone, so that equal builds under other names give equal statements. */
export function provenanceStatement(
  { digest }: Pick<Descriptor, 'digest'>,
  predicate: Provenance,
): Statement<Provenance> {
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: '_', digest: digestSet(digest) }],
    predicateType: provenanceType,
    predicate,
  };
}
