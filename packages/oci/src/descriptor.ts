import type { Digest } from './digest.ts';
import type { Platform } from './platform.ts';

/** Arbitrary metadata; keys by convention in reverse domain notation. OCI image-spec 1.1 §annotations. */
export type Annotations = Readonly<Record<string, string>>;

/** What points to content. OCI image-spec 1.1 §descriptor. Fields that Lading does not know stay on the object. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes of the content as stored. */
  readonly size: number;
  readonly urls?: readonly string[];
  readonly annotations?: Annotations;
  /** Base64 of the content itself, for small blobs. */
  readonly data?: string;
  readonly platform?: Platform;
  readonly artifactType?: string;
}
