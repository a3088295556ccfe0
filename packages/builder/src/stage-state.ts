import type { Image, Layer } from '@lading/image';
import {
  chainIds,
  type Digest,
  type ExecutionConfig,
  type History,
  type ImageConfig,
  type Platform,
} from '@lading/oci';
import { isoTime } from './epoch.ts';

/** Docker's fields of a config that the OCI specification does not have. */
export interface BuildConfig extends ExecutionConfig {
  readonly Shell?: readonly string[];
  readonly OnBuild?: readonly string[];
  readonly Healthcheck?: Readonly<Record<string, unknown>>;
}

/** Where a stage stands after an instruction. A value: each instruction makes the next one from it. */
export interface StageState {
  readonly platform: Platform;
  readonly layers: readonly Layer[];
  readonly config: BuildConfig;
  readonly history: readonly History[];
  /** Fields of the base's config that no instruction changes, such as `author` and unknown ones. */
  readonly inherited: Readonly<Record<string, unknown>>;
}

export const defaultPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** `FROM scratch`. */
export function emptyState(platform: Platform): StageState {
  return { platform, layers: [], config: { Env: [defaultPath] }, history: [], inherited: {} };
}

/** `FROM image`. */
export function stateOf(image: Pick<Image, 'config' | 'platform' | 'layers'>): StageState {
  const { config = {}, history = [], rootfs: _rootfs, created: _created, ...inherited } = image.config;
  return { platform: image.platform, layers: image.layers, config: filled(config), history, inherited };
}

/** Docker writes null and "" for what a config does not say; OnBuild, WorkingDir and the like are absent here instead. */
function filled(config: ExecutionConfig): BuildConfig {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null && value !== ''));
}

/** Names the file system of a state: equal for equal layers. */
export function fileSystemId(state: Pick<StageState, 'layers'>): Digest | 'empty' {
  return chainIds(state.layers.map((layer) => layer.diffId)).at(-1) ?? 'empty';
}

export interface HistoryNote {
  /** The instruction as the history shows it. */
  readonly createdBy: string;
  readonly epoch: number;
}

/** The state with what an instruction changed: a config, a layer, or neither; and its line in the history. */
export function withStep(
  state: StageState,
  note: HistoryNote,
  change: { readonly config?: BuildConfig; readonly layer?: Layer | undefined },
): StageState {
  const entry: History = {
    created: isoTime(note.epoch),
    created_by: note.createdBy,
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
  return {
    ...state.inherited,
    created: isoTime(epoch),
    architecture,
    os,
    ...(variant === undefined ? {} : { variant }),
    ...platformFields,
    config: state.config,
    rootfs: { type: 'layers', diff_ids: state.layers.map((layer) => layer.diffId) },
    history: state.history,
  };
}
