import type { Annotations, Descriptor } from './descriptor.ts';

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
