export type { ExecutionConfig, History, ImageConfig } from './config.ts';
export { type Annotations, type Descriptor, descriptorOf, emptyDescriptor } from './descriptor.ts';
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
export type { Platform } from './platform.ts';
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
export { type Expected, verified } from './verified.ts';
