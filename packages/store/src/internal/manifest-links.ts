import { artifactTypeOf, type Descriptor, type Digest, parseManifest } from '@lading/oci';

/** What a manifest says about the graph around it. */
export interface ManifestLinks {
  /** As the referrers list of the subject shows it: with artifactType and annotations. */
  readonly descriptor: Descriptor;
  readonly subject?: Digest;
  /** The manifests of an index; empty for an image. */
  readonly children: readonly Descriptor[];
}

/** Reads the links of a manifest. Distribution-spec 1.1 §listing-referrers. Throws MANIFEST_INVALID, MANIFEST_UNSUPPORTED. */
export function linksOf(
  { digest, mediaType }: Pick<Descriptor, 'digest'> & Partial<Descriptor>,
  bytes: Uint8Array,
): ManifestLinks {
  const document = parseManifest(bytes, mediaType);
  const { annotations, subject } = document.value;
  const artifactType = artifactTypeOf(document);
  return {
    descriptor: {
      mediaType: document.mediaType,
      digest,
      size: bytes.length,
      ...(artifactType === undefined ? {} : { artifactType }),
      ...(annotations === undefined ? {} : { annotations }),
    },
    ...(subject === undefined ? {} : { subject: subject.digest }),
    children: document.kind === 'index' ? document.value.manifests : [],
  };
}
