import type { Annotations, Descriptor } from './descriptor.ts';

/** OCI image-spec 1.1 §index; also a Docker manifest list. (Not `index.ts`, which is the package's list of exports.) */
export interface ImageIndex {
  readonly schemaVersion: 2;
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly manifests: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Annotations;
}
