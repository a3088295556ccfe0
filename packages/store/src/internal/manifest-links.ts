import { type Descriptor, type Digest, parseManifest } from '@lading/oci';

/** What a manifest says about the graph around it. */
export interface ManifestLinks {
  /** As the referrers list of the subject shows it: with artifactType and annotations. */
  readonly descriptor: Descriptor;
  readonly subject?: Digest;
  /** The manifests of an index; empty for an image. */
  readonly children: readonly Descriptor[];
}

/**
 * Reads the links of a manifest. Throws MANIFEST_INVALID.
 * Distribution-spec 1.1 §listing-referrers: artifactType falls back to the config's media type; annotations are the manifest's.
 */
export function linksOf(
  descriptor: Pick<Descriptor, 'digest'> & Partial<Descriptor>,
  bytes: Uint8Array,
): ManifestLinks {
  const document = parseManifest(bytes, descriptor.mediaType);
  const { value } = document;
  const artifactType =
    value.artifactType || (document.kind === 'manifest' ? document.value.config.mediaType : undefined) || undefined;
  return {
    descriptor: {
      mediaType: document.mediaType,
      digest: descriptor.digest,
      size: bytes.length,
      ...(artifactType === undefined ? {} : { artifactType }),
      ...(value.annotations === undefined ? {} : { annotations: value.annotations }),
    },
    ...(value.subject === undefined ? {} : { subject: value.subject.digest }),
    children: document.kind === 'index' ? document.value.manifests : [],
  };
}
