import type { Io } from '@lading/bytes';
import { writeArtifact, writeIndex } from '@lading/image';
import { annotationKeys, type Descriptor, encodeJson, type Platform } from '@lading/oci';
import type { Repository } from '@lading/store';
import type { BuildRequest, BuildResult, BuiltImage } from '../request.ts';
import {
  type BuildDefinition,
  type BuildMetadata,
  type Provenance,
  provenanceStatement,
  provenanceType,
  type ResourceDescriptor,
  statementMediaType,
} from './statement.ts';

/** How much provenance says. `min`: what a build was made from, which equal builds say equally. `max`: also of this run, with its steps and times. */
export type ProvenanceMode = 'min' | 'max';

export interface AttachProvenanceOptions
  extends Io,
    Pick<BuildRequest, 'indexAnnotations' | 'descriptorAnnotations' | 'mediaTypes'> {
  readonly mode: ProvenanceMode;
  /** How each image was built. */
  readonly definitionOf: (image: BuiltImage) => BuildDefinition;
  /** Which version of which program built it. */
  readonly version: Readonly<Record<string, string>>;
  /**
   * `referrer`: artifacts whose subject is the image, found by asking for its referrers. `buildkit`: the same artifacts, and an index that
   * lists image and provenance side by side (BuildKit §attestation storage), which then is the manifest of the result.
   */
  readonly layout: 'referrer' | 'buildkit';
  /** Of this run; told in mode `max` alone. */
  readonly run?: BuildMetadata | undefined;
}

export interface Attested {
  /** As the result's, or the index of the layout `buildkit`. */
  readonly manifest: Descriptor;
  /** Of the artifacts, in the order of the images. */
  readonly provenance: readonly Descriptor[];
}

export const builderId = 'https://lading.example.org/builder';

/** Writes provenance for each image of a result. The images stay what they are. */
export async function attachProvenance(
  output: Repository,
  { manifest, images }: Pick<BuildResult, 'manifest' | 'images'>,
  options: AttachProvenanceOptions,
): Promise<Attested> {
  const { signal } = options;
  const provenance: Descriptor[] = [];
  for (const image of images) {
    const statement = provenanceStatement(image.manifest, predicateOf(image, options));
    const part = {
      mediaType: statementMediaType,
      bytes: encodeJson(statement),
      annotations: { 'in-toto.io/predicate-type': provenanceType },
    };
    const subject = image.manifest;
    provenance.push(await writeArtifact(output, { artifactType: statementMediaType, parts: [part], subject, signal }));
  }
  if (options.layout === 'referrer') return { manifest, provenance };
  const { indexAnnotations: annotations, descriptorAnnotations, mediaTypes: format } = options;
  const listed = images.map(({ manifest: own, platform }) => ({
    ...own,
    platform,
    ...(descriptorAnnotations === undefined ? {} : { annotations: descriptorAnnotations }),
  }));
  const attestations = provenance.map((descriptor, at) => attestationOf(descriptor, images[at]?.manifest));
  const manifests = [...listed, ...attestations];
  return { manifest: await writeIndex(output, { manifests, annotations, format, signal }), provenance };
}

const unknown: Platform = { architecture: 'unknown', os: 'unknown' };

function attestationOf({ mediaType, digest, size }: Descriptor, image: Descriptor | undefined): Descriptor {
  const annotations = {
    [annotationKeys.dockerReferenceDigest]: image?.digest ?? '',
    [annotationKeys.dockerReferenceType]: 'attestation-manifest',
  };
  return { mediaType, digest, size, annotations, platform: unknown };
}

function predicateOf(image: BuiltImage, { mode, definitionOf, version, run }: AttachProvenanceOptions): Provenance {
  return {
    buildDefinition: definitionOf(image),
    runDetails: {
      builder: { id: builderId, version },
      ...(mode === 'max' ? { metadata: run, byproducts: [stepsOf(image)] } : {}),
    },
  };
}

/** Which step made which layer, and how. */
function stepsOf({ steps }: BuiltImage): ResourceDescriptor {
  const told = steps.map(({ title, line, cached, durationMs, layer, key }) => ({
    ...{ title, line, cached, key, layer: layer?.digest },
    durationMs: Math.round(durationMs),
  }));
  const content = Buffer.from(encodeJson(told)).toString('base64');
  return { name: 'steps', mediaType: 'application/json', content };
}
