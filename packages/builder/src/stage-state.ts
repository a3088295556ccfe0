import type { Image, Layer } from '@lading/image';
import {
  chainIds,
  type Digest,
  type ExecutionConfig,
  type History,
  type ImageConfig,
  type Platform,
} from '@lading/oci';
import { defaultPath } from '@lading/runtime';
import { isoTime } from './epoch.ts';

/** Docker's fields of a config that the OCI specification does not have. */
export interface BuildConfig extends ExecutionConfig {
  readonly Shell?: readonly string[];
  readonly OnBuild?: readonly string[];
  readonly Healthcheck?: Readonly<Record<string, unknown>>;
}

/** A layer of the base, or one that a step made. */
export interface BuiltLayer extends Layer {
  /** The name of its compression, where a step wrote it: see `compressionName`. Absent: the default. */
  readonly compressedAs?: string | undefined;
}

/** Where a stage stands after an instruction. A value: each instruction makes the next one from it. */
export interface StageState {
  readonly platform: Platform;
  readonly layers: readonly BuiltLayer[];
  /** How many of the layers, from the lowest, are those of the image that FROM named. */
  readonly baseLayers: number;
  readonly config: BuildConfig;
  readonly history: readonly History[];
  /** How many entries of the history, from the first, are those of that image. */
  readonly baseHistory: number;
  /** Of the base, or of MAINTAINER. */
  readonly author: string | undefined;
  /** The image that FROM named; absent for `scratch` and for files. */
  readonly base?: BaseImage | undefined;
}

/** What an image says that it was built on. */
export interface BaseImage {
  readonly digest: Digest;
  /** In full, without a digest; absent where it has none. */
  readonly name?: string | undefined;
}

/** `FROM scratch`. */
export function emptyState(platform: Platform): StageState {
  const config = { Env: [`PATH=${defaultPath}`], WorkingDir: '/' };
  return { platform, layers: [], baseLayers: 0, config, history: [], baseHistory: 0, author: undefined };
}

/**
 * `FROM image`. Of its config what describes the image goes on; how it was itself built (`container_config`, `docker_version`, …)
 * does not. A PATH is there for every instruction, as with Docker.
 */
export function stateOf({
  config: image,
  platform,
  layers,
}: Pick<Image, 'config' | 'platform' | 'layers'>): StageState {
  const { history, author } = image;
  const config = filled(image.config ?? {});
  const env = config.Env ?? [];
  return {
    platform,
    layers,
    baseLayers: layers.length,
    config: {
      ...config,
      Env: env.some((entry) => entry.startsWith('PATH=')) ? env : [...env, `PATH=${defaultPath}`],
    },
    history: history ?? [],
    baseHistory: history?.length ?? 0,
    author: author || undefined,
  };
}

/** What Docker noted of the container that an image was once committed from: it says nothing of the image. */
const ofContainers: ReadonlySet<string> = new Set([
  ...[
    'Hostname',
    'Domainname',
    'Image',
    'AttachStdin',
    'AttachStdout',
    'AttachStderr',
    'Tty',
    'OpenStdin',
    'StdinOnce',
  ],
  ...['NetworkDisabled', 'MacAddress', 'PublishAllPorts'],
]);

/** Docker writes null and "" for what a config does not say; OnBuild, WorkingDir and the like are absent here instead. */
function filled(config: ExecutionConfig): BuildConfig {
  return Object.fromEntries(
    Object.entries(config).filter(([name, value]) => value !== null && value !== '' && !ofContainers.has(name)),
  );
}

/** Names the file system of a state: equal for equal layers. */
export function fileSystemId(state: { readonly layers: readonly Pick<Layer, 'diffId'>[] }): Digest | 'empty' {
  let id: Digest | 'empty' = 'empty';
  for (const { diffId } of state.layers) id = id === 'empty' ? diffId : linked(id, diffId);
  return id;
}

/** Every step asks for all that is below it: with many steps, each link of the chain would be hashed many times. */
const links = new Map<string, Digest>();
const maxLinks = 100_000;

function linked(below: Digest, diffId: Digest): Digest {
  const link = `${below} ${diffId}`;
  const known = links.get(link);
  if (known !== undefined) return known;
  const [, id = diffId] = chainIds([below, diffId]);
  if (links.size >= maxLinks) links.clear();
  links.set(link, id);
  return id;
}

export interface HistoryNote {
  /** The instruction as the history shows it. */
  readonly createdBy: string;
  readonly epoch: number;
  /** What else the history should say of it. */
  readonly comment?: string | undefined;
}

/** The state with what an instruction changed: a config, a layer, or neither; and its line in the history. */
export function withStep(
  state: StageState,
  note: HistoryNote,
  change: { readonly config?: BuildConfig; readonly layer?: BuiltLayer | undefined },
): StageState {
  const entry: History = {
    created: isoTime(note.epoch),
    created_by: note.createdBy,
    ...(note.comment === undefined ? {} : { comment: note.comment }),
    ...(change.layer === undefined ? { empty_layer: true } : {}),
  };
  return {
    ...state,
    config: change.config ?? state.config,
    layers: change.layer === undefined ? state.layers : [...state.layers, change.layer],
    history: [...state.history, entry],
  };
}

/** The config to write for a state. Members stand in one order, so that equal states give equal bytes. */
export function configOf(state: StageState, epoch: number): ImageConfig {
  const { architecture, os, variant, ...platformFields } = state.platform;
  const { ExposedPorts, Volumes, Labels, Cmd, Entrypoint, ...config } = state.config;
  return {
    created: isoTime(epoch),
    ...(state.author === undefined ? {} : { author: state.author }),
    architecture,
    os,
    ...(variant === undefined ? {} : { variant }),
    ...platformFields,
    config: {
      ...config,
      // `CMD []` takes back what the base has; engines read no list and an empty one alike.
      ...(Entrypoint?.length ? { Entrypoint } : {}),
      ...(Cmd?.length ? { Cmd } : {}),
      ...(ExposedPorts ? { ExposedPorts: sorted(ExposedPorts) } : {}),
      ...(Volumes ? { Volumes: sorted(Volumes) } : {}),
      ...(Labels ? { Labels: sorted(Labels) } : {}),
    },
    rootfs: { type: 'layers', diff_ids: state.layers.map((layer) => layer.diffId) },
    history: state.history,
  };
}

/** By name: where these came from says nothing. */
function sorted<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
