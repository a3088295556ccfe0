import { factsVersion, type SbomFormat, sbomFormats, sbomMediaTypes } from '@lading/contents';
import { readManifest, writeArtifact } from '@lading/image';
import type { Descriptor } from '@lading/oci';
import { get } from '@lading/store';
import type { Context } from '../context.ts';
import type { SbomSource } from './sbom-source.ts';

/** Which document of Lading's an artifact holds: another version of the rules would write another one. */
const formatKey = 'dev.lading.sbom.format';
const maxBytes = 512 << 20;

export interface AttachedSbom {
  readonly artifact: Descriptor;
  readonly bytes: Uint8Array;
}

type Found = NonNullable<SbomSource['found']>;

/** What says which document it is: the format, and the rules by which Lading finds what it says. */
export function documentKey(format: SbomFormat): string {
  return `${format}; facts ${factsVersion}`;
}

/** The document that Lading attached to the image where it lies, by the rules of today; of any format unless told. */
export async function findAttached(
  { signal }: Context,
  { image, in: { source } }: Found,
  format?: SbomFormat,
): Promise<AttachedSbom | undefined> {
  const wanted = (format === undefined ? sbomFormats : [format]).map(documentKey);
  const { content, references } = source.repository;
  for await (const artifact of references.referrers(image.descriptor.digest, { signal })) {
    const document = await readManifest(content, artifact, { signal }).catch(() => undefined);
    if (document?.kind !== 'manifest' || !wanted.includes(document.value.annotations?.[formatKey] ?? '')) continue;
    const [layer] = document.value.layers;
    if (layer !== undefined) return { artifact, bytes: await get(content, layer, { maxBytes, signal }) };
  }
  return undefined;
}

/** Attaches a document to the image, in the repository that it lies in. The same one again changes nothing. */
export async function attach(
  { signal }: Context,
  { image, in: { source } }: Found,
  { bytes, format }: { readonly bytes: Uint8Array; readonly format: SbomFormat },
): Promise<Descriptor> {
  const mediaType = sbomMediaTypes[format];
  return writeArtifact(source.repository, {
    artifactType: mediaType,
    parts: [{ mediaType, bytes }],
    subject: image.descriptor,
    annotations: { [formatKey]: documentKey(format) },
    signal,
  });
}
