import { type Annotations, type Descriptor, descriptorCheck } from './descriptor.ts';
import {
  aMediaType,
  aString,
  type Check,
  exactly,
  listOf,
  optional,
  recordOf,
  required,
  shapeOf,
} from './internal/json-shape.ts';

/** OCI image-spec 1.1 §index; also a Docker manifest list. (Not `index.ts`, which is the package's list of exports.) */
export interface ImageIndex {
  readonly schemaVersion: 2;
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly manifests: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Annotations;
}

/** Not exported from the package: `parseManifest()` is the way in. */
export const imageIndexCheck: Check<ImageIndex> = shapeOf<ImageIndex>({
  schemaVersion: required(exactly(2)),
  mediaType: optional(aMediaType),
  artifactType: optional(aString),
  manifests: required(listOf(descriptorCheck), []),
  subject: optional(descriptorCheck),
  annotations: optional(recordOf(aString)),
});
