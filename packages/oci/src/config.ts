import type { Digest } from './digest.ts';
import {
  aBoolean,
  aDigest,
  anObject,
  aString,
  type Check,
  exactly,
  listOf,
  optional,
  recordOf,
  required,
  rootOf,
  shapeOf,
} from './internal/json-shape.ts';
import { readJsonText } from './internal/json-text.ts';

/** OCI image-spec 1.1 §config; also Docker's config, whose extra fields (Healthcheck, OnBuild, Shell, …) stay on the object. */
export interface ImageConfig {
  readonly created?: string;
  readonly author?: string;
  readonly architecture: string;
  readonly os: string;
  readonly variant?: string;
  readonly 'os.version'?: string;
  readonly 'os.features'?: readonly string[];
  readonly config?: ExecutionConfig;
  readonly rootfs: { readonly type: 'layers'; readonly diff_ids: readonly Digest[] };
  readonly history?: readonly History[];
}

/** How a container of the image runs by default. */
export interface ExecutionConfig {
  readonly User?: string;
  readonly ExposedPorts?: Readonly<Record<string, object>>;
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Volumes?: Readonly<Record<string, object>>;
  readonly WorkingDir?: string;
  readonly Labels?: Readonly<Record<string, string>>;
  readonly StopSignal?: string;
}

export interface History {
  readonly created?: string;
  readonly created_by?: string;
  readonly author?: string;
  readonly comment?: string;
  readonly empty_layer?: boolean;
}

/** The most bytes of a config. Build caches are inlined into configs, so it may be larger than a manifest. */
export const maxConfigBytes: number = 16 * 1024 * 1024;

/** Docker of old wrote a command of one word as a plain string. */
const command: Check<readonly string[]> = (value, place) =>
  typeof value === 'string' ? [value] : listOf(aString)(value, place);

/** The keys are the set; the values carry nothing. */
const set = recordOf<object>((value, place) => (value === null ? {} : anObject(value, place)));

const executionConfig = shapeOf<ExecutionConfig>({
  User: optional(aString),
  ExposedPorts: optional(set),
  Env: optional(listOf(aString)),
  Entrypoint: optional(command),
  Cmd: optional(command),
  Volumes: optional(set),
  WorkingDir: optional(aString),
  Labels: optional(recordOf(aString)),
  StopSignal: optional(aString),
});

const history = shapeOf<History>({
  created: optional(aString),
  created_by: optional(aString),
  author: optional(aString),
  comment: optional(aString),
  empty_layer: optional(aBoolean),
});

const imageConfig = shapeOf<ImageConfig>({
  created: optional(aString),
  author: optional(aString),
  architecture: required(aString),
  os: required(aString),
  variant: optional(aString),
  'os.version': optional(aString),
  'os.features': optional(listOf(aString)),
  config: optional(executionConfig),
  rootfs: required(
    shapeOf<ImageConfig['rootfs']>({ type: required(exactly('layers')), diff_ids: required(listOf(aDigest), []) }),
  ),
  history: optional(listOf(history)),
});

/**
 * Reads the config of a runnable image. What Docker writes as `null` (Cmd, Env, Volumes …) is absent in the result; fields that
 * Lading does not know stay. The bytes remain the truth: this is a view of them, never to be written back for the same digest.
 * Throws MANIFEST_INVALID, naming the place (`at $.rootfs.diff_ids[0]`).
 */
export function parseConfig(bytes: Uint8Array): ImageConfig {
  return imageConfig(readJsonText(bytes, { what: 'config', maxBytes: maxConfigBytes }), rootOf('config'));
}
