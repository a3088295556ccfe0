/** The keys that OCI image-spec 1.1 §annotations predefines, and those of other programs that mean something to images. */
export const annotationKeys = {
  created: 'org.opencontainers.image.created',
  authors: 'org.opencontainers.image.authors',
  url: 'org.opencontainers.image.url',
  documentation: 'org.opencontainers.image.documentation',
  source: 'org.opencontainers.image.source',
  version: 'org.opencontainers.image.version',
  revision: 'org.opencontainers.image.revision',
  vendor: 'org.opencontainers.image.vendor',
  licenses: 'org.opencontainers.image.licenses',
  /** In `index.json` of a layout: the tag. */
  refName: 'org.opencontainers.image.ref.name',
  title: 'org.opencontainers.image.title',
  description: 'org.opencontainers.image.description',
  baseDigest: 'org.opencontainers.image.base.digest',
  baseName: 'org.opencontainers.image.base.name',
  /** In `index.json`, by containerd and Docker: the full reference. */
  containerdImageName: 'io.containerd.image.name',
  /** In an index, by BuildKit: `attestation-manifest` marks what is not an image. */
  dockerReferenceType: 'vnd.docker.reference.type',
  /** In an index, by BuildKit: the image that an attestation is about. */
  dockerReferenceDigest: 'vnd.docker.reference.digest',
} as const;
