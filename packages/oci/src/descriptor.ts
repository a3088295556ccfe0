import { type Digest, digestOf } from './digest.ts';
import {
  aDigest,
  aMediaType,
  aSize,
  aString,
  base64,
  type Check,
  listOf,
  optional,
  recordOf,
  required,
  rootOf,
  shapeOf,
} from './internal/json-shape.ts';
import { mediaTypes } from './media-type.ts';
import { type Platform, platformCheck } from './platform.ts';

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

/** Describes bytes in memory. `extra` adds the optional fields, after the three required ones and in its own order. */
export function descriptorOf(
  bytes: Uint8Array,
  mediaType: string,
  extra: Partial<Omit<Descriptor, 'mediaType' | 'digest' | 'size'>> = {},
): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.length, ...extra };
}

/** The two bytes `{}`: stands where a manifest must point to something and there is nothing. OCI image-spec 1.1 §manifest. */
export const emptyDescriptor: Descriptor = Object.freeze(
  descriptorOf(Buffer.from('{}'), mediaTypes.ociEmpty, { data: 'e30=' }),
);

/** For the checks of manifest and index; not exported from the package. */
export const descriptorCheck: Check<Descriptor> = shapeOf<Descriptor>({
  mediaType: required(aMediaType),
  digest: required(aDigest),
  size: required(aSize),
  urls: optional(listOf(aString)),
  annotations: optional(recordOf(aString)),
  data: optional(base64),
  platform: optional(platformCheck),
  artifactType: optional(aString),
});

/**
 * A descriptor from a parsed JSON value, such as one of `index.json` or of a Referrers answer. Unknown fields stay; known ones that are
 * `null` count as absent. Throws MANIFEST_INVALID with the place inside it (`at $.digest`).
 */
export function parseDescriptor(value: unknown): Descriptor {
  return descriptorCheck(value, rootOf('descriptor'));
}
