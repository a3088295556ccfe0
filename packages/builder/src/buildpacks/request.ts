import type { Image } from '@lading/image';
import type { Platform } from '@lading/oci';
import type { FrontendRequest } from '../frontend-request.ts';
import type { BuildResult } from '../request.ts';
import type { Order } from './order.ts';

/** An application to build with buildpacks. */
export interface BuildpacksRequest extends FrontendRequest {
  /** The folder of the application's source. */
  readonly context: string;
  /** The image that buildpacks run in, often a builder: it may bring buildpacks, an order, a lifecycle and the name of its run image. */
  readonly buildImage: string;
  /** What the application is put on; what the builder names first unless told. */
  readonly runImage?: string | undefined;
  /** Folders, `.cnb` files or images of buildpacks, tried as one group in this order unless `order` says otherwise. */
  readonly buildpacks?: readonly string[] | undefined;
  /** Groups to try; the given buildpacks, else the order of the builder, unless told. */
  readonly order?: Order | undefined;
  /** Variables for buildpacks, such as `BP_NODE_VERSION`. They go into no layer and, but for their digest, into no cache key. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** The image of the last build: what it has is restored and reused. */
  readonly previous?: Image | undefined;
  /** Under what name cached layers are kept for the next build; none are kept unless told. */
  readonly cacheName?: string | undefined;
  /** What the image starts; what a buildpack calls the default unless told. */
  readonly processType?: string | undefined;
  /** `production` unless told. */
  readonly execEnv?: string | undefined;
  /** Of buildpacks; `host` unless told. */
  readonly network?: 'host' | 'none' | undefined;
  /** For the label `io.buildpacks.project.metadata`: where the source is from. */
  readonly project?: Readonly<Record<string, unknown>> | undefined;
  /** Patterns of files that are left out of the application, as in `.dockerignore`. */
  readonly exclude?: readonly string[] | undefined;
  /** Where bills of materials are written to, those of the build too; nowhere unless told. */
  readonly sbomFolder?: string | undefined;
  /** Restores nothing and runs every buildpack again. */
  readonly noCache?: boolean | undefined;
  readonly platform?: Platform | undefined;
  /** Seconds since 1970 of the image's creation; `sourceDateEpoch()` unless told. Files are always of 1980. */
  readonly epoch?: number | undefined;
}

export interface BuildpacksResult extends BuildResult {
  /** The group that took the application. */
  readonly buildpacks: readonly { readonly id: string; readonly version: string }[];
  readonly processes: readonly string[];
  readonly defaultProcess: string | undefined;
  /** `lading`: a shell script, since the build image brings no launcher. */
  readonly launcher: 'lifecycle' | 'lading';
  /** Layers that were there already. */
  readonly reusedLayers: number;
  /** Paths in `sbomFolder`. */
  readonly sboms: readonly string[];
}
