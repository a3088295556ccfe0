import { LadingError } from '@lading/errors';
import { type Image, type Layer, writeImage } from '@lading/image';
import { type Descriptor, type ExecutionConfig, type History, parseReference, repositoryOf } from '@lading/oci';
import { defaultPath } from '@lading/runtime';
import type { TarEntryInput } from '@lading/tar';
import { isoTime } from '../epoch.ts';
import type { FileSystem } from '../file-system.ts';
import { baseLayer } from '../output/image-layer.ts';
import { say } from '../step/in-step.ts';
import { type RunImageNames, variable } from './build-image.ts';
import type { Owner } from './folder-entries.ts';
import { buildMetadata, type LaunchMetadata } from './launch-metadata.ts';
import { configEntries, type Launcher, launcherPath, processFolder, processTypeEntries } from './launcher.ts';
import { type CachedBuildpackLayer, keepCachedLayers } from './layer-cache.ts';
import type { BuildpackLayer, BuildpackOutput } from './layers-of.ts';
import { type BuildpackMetadata, type LayerMetadata, type LifecycleMetadata, labels } from './metadata.ts';
import type { PhaseSession, PhaseStepSession } from './phase-session.ts';
import type { BuildpacksRequest } from './request.ts';
import type { PreviousImage } from './restore.ts';
import { appFolder, layersFolder } from './run-program.ts';
import { readSboms, sbomsForLaunch } from './sboms.ts';
import { sliceApp } from './slices.ts';
import { below, type Chosen, subtreeEntries } from './subtree.ts';
import { isHere, writeExported } from './write-exported.ts';

export interface ExportOptions {
  readonly system: FileSystem;
  readonly outputs: readonly BuildpackOutput[];
  readonly launch: LaunchMetadata;
  readonly launcher: Launcher;
  readonly runImage: Image;
  readonly runImageNames: RunImageNames;
  readonly previous: PreviousImage | undefined;
  readonly cached: readonly CachedBuildpackLayer[];
  readonly cacheName: string | undefined;
  readonly owner: Owner;
  readonly execEnv: string;
  readonly project: Readonly<Record<string, unknown>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly request: Pick<BuildpacksRequest, 'annotations' | 'mediaTypes' | 'forceCompression'>;
}

export interface Exported {
  readonly manifest: Descriptor;
  /** Layers that the previous image, or the cache, had already. */
  readonly reusedLayers: number;
  /** Whether it had all of them. */
  readonly cached: boolean;
}

/** Makes the image of the application, on the run image (buildpack API §phase 6; platform API §exporter outputs). */
export async function exportImage(session: PhaseStepSession, options: ExportOptions): Promise<Exported> {
  const { system, outputs, launch, launcher, previous, owner } = options;
  const runImage = await compressedBase(session, options);
  const stack = new LayerStack(session, previous);
  const subtree = (chosen: readonly Chosen[]) => () => subtreeEntries(system, chosen, { ...session, owner });

  const kept: CachedBuildpackLayer[] = [];
  const buildpacks: BuildpackMetadata[] = [];
  for (const output of outputs) {
    const { buildpack } = output;
    const layers: Record<string, LayerMetadata> = {};
    for (const layer of output.layers) {
      const note = `Layer: '${layer.name}', created by buildpack: ${buildpack.id}@${buildpack.version}`;
      const entries = subtree(below(system, layer.path));
      const known = options.cached.flatMap((one) =>
        one.buildpack === buildpack.id && one.name === layer.name ? [one.layer] : [],
      );
      if (layer.launch) {
        const added = layer.present
          ? await stack.add(note, entries, known)
          : await stack.reuse(note, reused(previous, output, layer));
        layers[layer.name] = metadataOf(layer, added);
      }
      if (layer.cache && layer.present) {
        const made = layer.launch ? stack.top() : (await writeExported(session, known, entries)).layer;
        const sboms = await readSboms(system, layer.sboms, session);
        kept.push({ ...metadataOf(layer, made), buildpack: buildpack.id, name: layer.name, layer: made, sboms });
      }
    }
    const { store } = output;
    const { id: key, version } = buildpack;
    buildpacks.push({ key, version, layers, ...(store === undefined ? {} : { store: { metadata: store } }) });
  }
  const sboms = sbomsForLaunch(outputs);
  const sbom = sboms.length === 0 ? undefined : await stack.add('Software bills of materials', subtree(sboms));
  const app: { sha: Layer['diffId'] }[] = [];
  for (const [index, chosen] of appLayers(system, outputs).entries())
    app.push({ sha: (await stack.add(`Application layer ${index + 1}`, subtree(chosen))).diffId });
  const launcherLayer = await stack.add('Launcher', () => launcher.entries());
  const config = await stack.add('Launcher configuration', () => configEntries(launcher, outputs, launch, owner));
  const hasTypes = launch.processes.length > 0;
  const types = hasTypes ? await stack.add('Process types', () => processTypeEntries(launch)) : undefined;

  const names = options.runImageNames;
  const top = runImage.layers.at(-1);
  if (top === undefined)
    throw new LadingError('BUILD_INVALID', 'Cannot build on this run image: it has no layers', {
      hint: 'Give another run image.',
    });
  const metadata: LifecycleMetadata = {
    app,
    ...(sbom === undefined ? {} : { sbom: { sha: sbom.diffId } }),
    buildpacks,
    config: { sha: config.diffId },
    'exec-env': options.execEnv,
    launcher: { sha: launcherLayer.diffId },
    ...(types === undefined ? {} : { 'process-types': { sha: types.diffId } }),
    runImage: { topLayer: top.diffId, reference: pinned(names.image, runImage), ...names },
    stack: { runImage: names },
  };
  const manifest = await writeAppImage(session, { ...options, runImage }, stack, metadata);
  if (options.cacheName !== undefined) await keepCachedLayers(session, options.cacheName, kept);
  return { manifest, reusedLayers: stack.reused, cached: stack.reused === stack.layers.length };
}

/** Layers in the order in which they come, with their history. */
class LayerStack {
  readonly layers: Layer[] = [];
  readonly notes: string[] = [];
  reused = 0;
  readonly #session: PhaseStepSession;
  readonly #known: readonly Layer[];

  constructor(session: PhaseStepSession, previous: PreviousImage | undefined) {
    this.#session = session;
    this.#known = previous?.image.layers ?? [];
  }

  async add(
    note: string,
    entries: () => AsyncIterable<TarEntryInput> | Iterable<TarEntryInput>,
    known: readonly Layer[] = [],
  ): Promise<Layer> {
    const { layer, reused } = await writeExported(this.#session, [...this.#known, ...known], entries);
    return this.#push(note, layer, reused);
  }

  async reuse(note: string, layer: Layer): Promise<Layer> {
    if (!(await isHere(this.#session, layer))) {
      throw new LadingError(
        'BLOB_NOT_FOUND',
        `Cannot reuse layer ${layer.diffId} of the previous image: its content is gone`,
        {
          hint: 'Build without the previous image.',
        },
      );
    }
    return this.#push(note, await baseLayer(this.#session, layer, true), true);
  }

  top(): Layer {
    return this.layers.at(-1) as Layer;
  }

  #push(note: string, layer: Layer, reused: boolean): Layer {
    say(this.#session, this.#session.step, `${note}: ${layer.descriptor.size} bytes${reused ? ', reused' : ''}`);
    if (reused) this.reused += 1;
    this.layers.push(layer);
    this.notes.push(note);
    return layer;
  }
}

/** The run image, its layers compressed as the others where that is asked for. */
async function compressedBase(session: PhaseSession, { runImage, request }: ExportOptions): Promise<Image> {
  const { forceCompression = false } = request;
  const layers = await Promise.all(runImage.layers.map((layer) => baseLayer(session, layer, forceCompression)));
  return { ...runImage, layers };
}

function metadataOf({ metadata, build, launch, cache }: BuildpackLayer, { diffId }: Layer): LayerMetadata {
  return { sha: diffId, data: metadata ?? null, build, launch, cache };
}

/** A launch layer that the buildpack left as it was: its folder is not there (buildpack API §launch layers). */
function reused(
  previous: PreviousImage | undefined,
  { buildpack }: BuildpackOutput,
  { name, cache }: BuildpackLayer,
): Layer {
  const before = previous?.metadata.buildpacks.find(({ key }) => key === buildpack.id)?.layers[name];
  const layer = previous?.image.layers.find(({ diffId }) => diffId === before?.sha);
  if (layer !== undefined && !cache) return layer;
  const fault = cache ? 'it is to be cached, but there is no folder' : 'the previous image has no such layer';
  throw new LadingError('BUILDPACK_INVALID', `Cannot export layer ${name} of ${buildpack.id}: ${fault}`, {
    hint: `The buildpack wrote ${name}.toml and no folder ${name}.`,
  });
}

function appLayers(system: FileSystem, outputs: readonly BuildpackOutput[]): Chosen[][] {
  const [root, ...inside] = below(system, appFolder.slice(1));
  const prefix = `${appFolder.slice(1)}/`;
  const byPath = new Map(inside.map((chosen) => [chosen.path.slice(prefix.length), chosen]));
  // Folders before what they hold, which byte order alone does not promise for `a`, `a-b`, `a/c`: it does.
  const paths = [...byPath].map(([path, { node }]) => ({ path, isFolder: node.type === 'directory' }));
  const slices = sliceApp(
    paths,
    outputs.flatMap((output) => output.slices),
  );
  return slices.map((slice) => [
    ...(root === undefined ? [] : [root]),
    ...slice.flatMap((path) => byPath.get(path) ?? []),
  ]);
}

/** The name with the digest of the manifest: what a rebase compares with. */
export function pinned(name: string, { descriptor }: Image): string {
  return `${repositoryOf(parseReference(name))}@${descriptor.digest}`;
}

async function writeAppImage(
  session: PhaseSession,
  options: ExportOptions,
  stack: LayerStack,
  metadata: LifecycleMetadata,
): Promise<Descriptor> {
  const { runImage, launch, launcher, outputs } = options;
  const { config: base } = runImage;
  const created = isoTime(session.epoch);
  const before = base.config ?? {};
  const { Cmd: _cmd, ...kept } = before;
  const all: Record<string, string> = {
    ...before.Labels,
    [labels.lifecycle]: JSON.stringify(metadata),
    [labels.build]: JSON.stringify(buildMetadata(outputs, launch, launcher.version)),
    [labels.project]: JSON.stringify(options.project),
    // Nothing extended the run image here, so what it says of itself holds; silence is taken for yes, as other platforms take it.
    [labels.rebasable]: before.Labels?.[labels.rebasable] === 'false' ? 'false' : 'true',
    [labels.execEnv]: options.execEnv,
    ...Object.fromEntries(outputs.flatMap((output) => output.labels)),
    ...options.labels,
  };
  const config: ExecutionConfig = {
    ...kept,
    Env: environment(before.Env ?? [], launcher.platformApi),
    Entrypoint: [launch.defaultType === undefined ? launcherPath : `${processFolder}/${launch.defaultType}`],
    WorkingDir: appFolder,
    Labels: Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
  const history = stack.notes.map((created_by): History => ({ created, created_by }));
  return writeImage(session.output, {
    config: {
      ...base,
      created,
      config,
      rootfs: { type: 'layers', diff_ids: [...runImage.layers, ...stack.layers].map(({ diffId }) => diffId) },
      history: [...completeHistory(runImage), ...history],
    },
    layers: [...runImage.layers, ...stack.layers].map(({ descriptor }) => descriptor),
    annotations: options.request.annotations,
    format: options.request.mediaTypes,
    signal: session.signal,
  });
}

/** That of the run image, made up where it does not cover its layers: readers match history to layers by counting. */
export function completeHistory({ config, layers }: Pick<Image, 'config' | 'layers'>): readonly History[] {
  const history = config.history ?? [];
  return history.filter(({ empty_layer }) => empty_layer !== true).length === layers.length
    ? history
    : layers.map((): History => ({}));
}

function environment(env: readonly string[], platformApi: string): string[] {
  const ours = {
    CNB_LAYERS_DIR: layersFolder,
    CNB_APP_DIR: appFolder,
    CNB_PLATFORM_API: platformApi,
    CNB_DEPRECATION_MODE: 'quiet',
    PATH: `${processFolder}:/cnb/lifecycle:${variable(env, 'PATH') ?? defaultPath}`,
  };
  const others = env.filter((entry) => !Object.keys(ours).some((name) => entry.startsWith(`${name}=`)));
  return [...others, ...Object.entries(ours).map(([name, value]) => `${name}=${value}`)];
}
