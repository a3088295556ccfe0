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

/** OCI image-spec 1.1 §manifest; also Docker schema 2, which has the same shape under other media types. */
export interface Manifest {
  readonly schemaVersion: 2;
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Annotations;
}

/** Not exported from the package: `parseManifest()` is the way in. */
export const manifestCheck: Check<Manifest> = shapeOf<Manifest>({
  schemaVersion: required(exactly(2)),
  mediaType: optional(aMediaType),
  artifactType: optional(aString),
  config: required(descriptorCheck),
  layers: required(listOf(descriptorCheck), []),
  subject: optional(descriptorCheck),
  annotations: optional(recordOf(aString)),
});
