import type { Bytes, Io } from '@lading/bytes';
import type { Secret } from '@lading/errors';
import type { Image } from '@lading/image';
import type { Descriptor, Digest, Platform } from '@lading/oci';
import type { Snapshots } from '@lading/runtime';
import type { Repository } from '@lading/store';
import type { ArchiveLimits } from './archive/limits.ts';
import type { BuildEvent } from './build-event.ts';
import type { StepExplanation } from './cache/explanation.ts';
import type { ImportedCache } from './cache/imported-cache.ts';
import type { StepOutcome } from './cache/step-cache.ts';
import type { FormatProfile } from './format-profile.ts';
import type { FrontendRequest } from './frontend-request.ts';
import type { BuildRecorder } from './history/build-recorder.ts';
import type { LockFile } from './lock/lock-file.ts';
import type { Material } from './materials.ts';
import type { RunOptions } from './run/run-options.ts';

/** What to build. */
export interface BuildRequest extends FrontendRequest, RunOptions {
  /**
   * What COPY and ADD read from: a folder, a git repository (`https://…/x.git#ref:folder`), the address of a tar or of a Dockerfile, or `-`
   * for either of them on stdin.
   */
  readonly context: string;
  /** The Dockerfile: a path, of a context that is no folder one inside it; an address; `-` for stdin. `Dockerfile` in the context unless told. */
  readonly file?: string | undefined;
  /** By name, what FROM and `--from` find instead of a stage or an image: `docker-image://`, `oci-layout://`, a folder, an address, `recipe:`. */
  readonly contexts?: Readonly<Record<string, string>> | undefined;
  /** The text of the Dockerfile, in the place of what the file holds; `file` still says where its ignore file lies. */
  readonly dockerfile?: Uint8Array | undefined;
  /** What names stand for, in the place of the Dockerfile's lock file. */
  readonly pins?: LockFile | undefined;
  /** Refuses what can mean something else tomorrow and the lock file does not pin. */
  readonly locked?: boolean | undefined;
  /** Bounds of what archives may hold. */
  readonly limits?: Partial<ArchiveLimits> | undefined;
  /** The stage to build, by name or index; the last one unless told. */
  readonly target?: string | undefined;
  readonly buildArgs?: Readonly<Record<string, string>> | undefined;
  /** What to build for, an image for each; this machine's own platform unless told. Several make an index, in this order. */
  readonly platforms?: readonly Platform[] | undefined;
  /** `build`: the layers above the base become one; `all`: the base's too. */
  readonly squash?: 'build' | 'all' | undefined;
  /** Puts the keys of an image's steps on its manifest, so that later builds can take its layers for theirs: see `importCache`. */
  readonly inlineCache?: boolean | undefined;
  /** `noCache` for the steps of these stages, by name. */
  readonly noCacheFilter?: readonly string[] | undefined;
  /** Seconds since 1970 that new files are dated to at the latest; `SOURCE_DATE_EPOCH`, else a constant unless told. */
  readonly epoch?: number | undefined;
  /** When the image says that it was made; the epoch where that was told, else the time of the context's commit, unless told. */
  readonly created?: number | undefined;
}

/** An image that was built on the way, and what it was made of. */
export interface ResolvedContext {
  readonly image: Image;
  readonly materials: readonly Material[];
}

/** `locked`: nothing may be resolved anew. */
export type ResolveContext = (
  address: string,
  platform: Platform,
  options: Io & { readonly locked: boolean },
) => Promise<ResolvedContext>;

/** What a build works with. All of it stays the caller's. */
export interface BuildEnvironment {
  /** Where layers, config and manifest are written. */
  readonly output: Repository;
  /** Results of steps; may be deleted at any time. */
  readonly cacheFolder: string;
  /** Asked for only when a step has to run. */
  readonly snapshots: () => Promise<Snapshots>;
  /** Finds the image that a FROM or `COPY --from` names, with its layers readable. Throws REFERENCE_NOT_FOUND. */
  readonly resolveBase: (reference: string, platform: Platform, io: Io) => Promise<Image>;
  /** For a context or Dockerfile `-`. Read once. */
  readonly stdin?: Bytes | undefined;
  /** Builds what a named context of a kind of its own stands for, `recipe:base.yaml`. */
  readonly resolveContext?: ResolveContext | undefined;
  /** Secrets by id: GIT_AUTH_TOKEN and GIT_AUTH_HEADER for git. */
  readonly secret?: ((id: string) => Promise<Secret | undefined>) | undefined;
  /** The socket of an ssh agent that git may use. */
  readonly sshAgent?: string | undefined;
  readonly onEvent?: ((event: BuildEvent) => void) | undefined;
  /** Keeps the build, and knows earlier ones, which its steps are compared with. */
  readonly recorder?: BuildRecorder | undefined;
  /** Caches to look into for what is not in this one, in this order. */
  readonly caches?: readonly ImportedCache[] | undefined;
  /** Whether `output` would fetch a layer that it does not have when it is opened. */
  readonly isFetchable?: ((layer: Descriptor) => Promise<boolean>) | undefined;
}

/** One instruction that made, or could have made, a layer. */
export interface StepReport {
  /** `builder 2/5 RUN make`. */
  readonly title: string;
  /** From 1, in the Dockerfile; absent for what stands in none. */
  readonly line?: number | undefined;
  readonly cached: boolean;
  readonly durationMs: number;
  /** Absent when the step changed no file. */
  readonly layer?: Descriptor;
  /** Under which the cache keeps what it made. */
  readonly key?: Digest | undefined;
  /** Why it ran, or did not. */
  readonly explanation?: StepExplanation | undefined;
}

/** An image that was built for one platform. */
export interface BuiltImage {
  readonly platform: Platform;
  /** Of the image manifest. */
  readonly manifest: Descriptor;
  readonly config: Digest;
  readonly layers: readonly Descriptor[];
  /** In the order of the Dockerfile, of the stages that were needed. */
  readonly steps: readonly StepReport[];
}

export interface BuildResult {
  /** Of the index where several platforms were asked for, else of the image. Recorded in the output, but not tagged. */
  readonly manifest: Descriptor;
  /** In the order of the platforms that were asked for. */
  readonly images: readonly BuiltImage[];
  readonly epoch: number;
  /** When the images say that they were made, where that is not the epoch; seconds since 1970. A build told both gives the same bytes. */
  readonly created?: number | undefined;
  readonly formatProfile: FormatProfile;
  /** What came in from outside. */
  readonly materials: readonly Material[];
  /** Of the artifacts that say how each image was built, once they are attached. */
  readonly provenance?: readonly Descriptor[] | undefined;
  /** What was built, where that was a Dockerfile: its path in the context and its text. */
  readonly dockerfile?: { readonly path: string; readonly text: Buffer } | undefined;
  /** Of the steps, by key, and of whatever else was kept on the way: what `exportCache` writes. */
  readonly outcomes?: ReadonlyMap<Digest, StepOutcome> | undefined;
}
