import type { Io } from '@lading/bytes';
import { readManifest, writeArtifact } from '@lading/image';
import type { Annotations, Descriptor } from '@lading/oci';
import { get, type Repository } from '@lading/store';
import { factsVersion } from '../layers/facts-version.ts';
import { type SbomFormat, sbomFormats, sbomMediaTypes } from './sbom.ts';

/** Which document of Lading's an artifact holds: another version of the rules would write another one. */
const formatKey = 'dev.lading.sbom.format';
const maxBytes = 512 << 20;

export interface AttachedSbom {
  readonly artifact: Descriptor;
  readonly bytes: Uint8Array;
}

/** What says which document it is: the format, and the rules by which Lading finds what it says. */
export function documentKey(format: SbomFormat): string {
  return `${format}; facts ${factsVersion}`;
}

/** The document that Lading attached to the image in its repository, by the rules of today; of any format unless told. */
export async function findAttachedSbom(
  { content, references }: Repository,
  image: Descriptor,
  { format, signal }: Io & { readonly format?: SbomFormat | undefined } = {},
): Promise<AttachedSbom | undefined> {
  const wanted = (format === undefined ? sbomFormats : [format]).map(documentKey);
  for await (const artifact of references.referrers(image.digest, { signal })) {
    const document = await readManifest(content, artifact, { signal }).catch(() => undefined);
    if (document?.kind !== 'manifest' || !wanted.includes(document.value.annotations?.[formatKey] ?? '')) continue;
    const [layer] = document.value.layers;
    if (layer !== undefined) return { artifact, bytes: await get(content, layer, { maxBytes, signal }) };
  }
  return undefined;
}

export interface AttachSbomOptions extends Io {
  readonly bytes: Uint8Array;
  readonly format: SbomFormat;
  /** Beside the one by which it is found. */
  readonly annotations?: Annotations | undefined;
}

/** Attaches a document to the image, as a referrer in its repository. The same one again changes nothing. */
export async function attachSbom(
  repository: Repository,
  image: Descriptor,
  { bytes, format, annotations, signal }: AttachSbomOptions,
): Promise<Descriptor> {
  const mediaType = sbomMediaTypes[format];
  return writeArtifact(repository, {
    artifactType: mediaType,
    parts: [{ mediaType, bytes }],
    subject: image,
    annotations: { ...annotations, [formatKey]: documentKey(format) },
    signal,
  });
}
