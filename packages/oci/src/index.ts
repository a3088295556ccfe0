export type { ExecutionConfig, History, ImageConfig } from './config.ts';
export type { Annotations, Descriptor } from './descriptor.ts';
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
export type { Manifest } from './manifest.ts';
export type { Platform } from './platform.ts';
