import type { Digest } from '@lading/oci';
import { labelOf } from './build-image.ts';

/** Names of labels (platform API §labels). */
export const labels = {
  lifecycle: 'io.buildpacks.lifecycle.metadata',
  build: 'io.buildpacks.build.metadata',
  project: 'io.buildpacks.project.metadata',
  rebasable: 'io.buildpacks.rebasable',
  execEnv: 'io.buildpacks.exec-env',
} as const;

interface Sha {
  readonly sha: Digest;
}

/** `io.buildpacks.lifecycle.metadata`: which layer of the image is what. */
export interface LifecycleMetadata {
  readonly app: readonly Sha[];
  readonly sbom?: Sha | undefined;
  readonly buildpacks: readonly BuildpackMetadata[];
  readonly config: Sha;
  readonly launcher: Sha;
  readonly 'process-types'?: Sha | undefined;
  readonly 'exec-env'?: string | undefined;
  readonly runImage: RunImageMetadata;
  /** Deprecated in platform API 0.12; other tools still read it. */
  readonly stack?: { readonly runImage: Pick<RunImageMetadata, 'image' | 'mirrors'> } | undefined;
}

export interface BuildpackMetadata {
  readonly key: string;
  readonly version: string;
  readonly layers: Readonly<Record<string, LayerMetadata>>;
  readonly store?: { readonly metadata: Readonly<Record<string, unknown>> } | undefined;
}

export interface LayerMetadata extends Sha {
  /** The buildpack's own, `null` where it has none. */
  readonly data: Readonly<Record<string, unknown>> | null;
  readonly build: boolean;
  readonly launch: boolean;
  readonly cache: boolean;
}

export interface RunImageMetadata {
  readonly topLayer: Digest;
  /** `registry/name@digest`. */
  readonly reference: string;
  readonly image?: string | undefined;
  readonly mirrors?: readonly string[] | undefined;
}

/** `io.buildpacks.build.metadata`: who built it, and what it can run. */
export interface BuildMetadata {
  readonly processes: readonly {
    readonly type: string;
    readonly command: readonly string[] | string;
    readonly args: readonly string[] | null;
    readonly direct: boolean;
    readonly 'working-dir'?: string | undefined;
    readonly buildpackID: string;
    readonly 'exec-env'?: readonly string[] | undefined;
  }[];
  readonly buildpacks: readonly {
    readonly id: string;
    readonly version: string;
    readonly homepage?: string | undefined;
    readonly api: string;
  }[];
  readonly launcher: {
    readonly version: string;
    readonly source: { readonly git: { readonly repository: string; readonly commit: string } };
  };
  readonly 'buildpack-default-process-type'?: string | undefined;
}

type Labels = Readonly<Record<string, string>> | undefined;

/** Undefined for an image that no buildpacks platform made. Throws BUILDPACK_INVALID. */
export function readLifecycleMetadata(all: Labels): LifecycleMetadata | undefined {
  const value = labelOf(all, labels.lifecycle) as Partial<LifecycleMetadata> | undefined;
  if (value?.runImage === undefined) return undefined;
  // What Go writes as null, and what old lifecycles did not write.
  return { ...value, app: value.app ?? [], buildpacks: value.buildpacks ?? [] } as LifecycleMetadata;
}

export function readBuildMetadata(all: Labels): BuildMetadata | undefined {
  const value = labelOf(all, labels.build) as Partial<BuildMetadata> | undefined;
  if (value === undefined) return undefined;
  return { ...value, processes: value.processes ?? [], buildpacks: value.buildpacks ?? [] } as BuildMetadata;
}
