export { annotationKeys } from './annotation.ts';
export { chainIds } from './chain-id.ts';
export { type ExecutionConfig, type History, type ImageConfig, maxConfigBytes, parseConfig } from './config.ts';
export { type Annotations, type Descriptor, descriptorOf, emptyDescriptor, parseDescriptor } from './descriptor.ts';
export {
  algorithmOf,
  type Digest,
  type DigestAlgorithm,
  Digester,
  digestOf,
  hexOf,
  isDigest,
  parseDigest,
} from './digest.ts';
export type { ImageIndex } from './image-index.ts';
export { encodeJson } from './json.ts';
export type { Manifest } from './manifest.ts';
export {
  artifactTypeOf,
  childrenOf,
  type ManifestDocument,
  maxManifestBytes,
  parseManifest,
} from './manifest-document.ts';
export {
  compressionOf,
  isConfigType,
  isForeignLayerType,
  isImageManifestType,
  isIndexType,
  isLayerType,
  isManifestType,
  isSchema1Type,
  mediaTypes,
} from './media-type.ts';
export { hostPlatform, normalizePlatform, type Platform } from './platform.ts';
export { matchPlatform, platformOrder, selectPlatform } from './platform-match.ts';
export { formatPlatform, parsePlatform } from './platform-text.ts';
export {
  familiarReference,
  formatReference,
  isRegistryName,
  isRepositoryName,
  isTag,
  type ParseReferenceOptions,
  parseReference,
  type Reference,
  repositoryOf,
} from './reference.ts';
export { cosignSuffixes, isCompanionTag, isReferrersTag, referrersTag } from './referrers-tag.ts';
export { assertDigest, type Expected, sized, verified } from './verified.ts';
