import { resolve } from 'node:path';
import { fromFile, type Io } from '@lading/bytes';
import { layerOf, openImage, type WrittenLayer, writeImage, writeLayer } from '@lading/image';
import { type Annotations, Digester } from '@lading/oci';
import type { Repository } from '@lading/store';
import type { StepCache } from '../cache/step-cache.ts';
import { type StepKey, stepKey } from '../cache/step-key.ts';
import { isoTime } from '../epoch.ts';
import type { BuiltImage, StepReport } from '../request.ts';
import { platformOf } from './architecture.ts';
import { assembleRootfs, executionConfig } from './assemble.ts';
import { planLayers } from './layering.ts';
import type { Lock } from './lock.ts';
import type { Recipe } from './recipe.ts';
import type { RecipeOptions } from './recipe-options.ts';

export interface ArchitectureRequest {
  readonly recipe: Recipe;
  readonly lock: Lock;
  /** In the distribution's words. */
  readonly architecture: string;
  /** Seconds since 1970. */
  readonly epoch: number;
  readonly noCache: boolean;
  readonly labels: Readonly<Record<string, string>> | undefined;
  readonly annotations: Annotations | undefined;
  readonly options: RecipeOptions;
  readonly output: Repository;
  readonly cache: StepCache;
}

/** Builds the image of a recipe for one architecture: layers from the cache, else from the packages; then config and manifest. */
export async function buildArchitecture(request: ArchitectureRequest, io: Io): Promise<BuiltImage> {
  const { recipe, lock, architecture, epoch, output, cache } = request;
  const started = performance.now();
  const planned = planLayers(recipe, lock.packages[architecture] ?? []);
  const keys = await layerKeys(request, planned.length);
  const known = request.noCache ? undefined : await knownLayers(cache, keys, io);
  const made = known ?? (await buildLayers(request, keys, io));
  const layers = made.map(({ descriptor, diffId }) => layerOf(output.content, descriptor, diffId));

  const platform = platformOf(recipe.distro, architecture);
  const config = executionConfig(recipe);
  const labels = { ...config.Labels, ...request.labels };
  const annotations = { ...recipe.annotations, ...request.annotations };
  const created = isoTime(epoch);
  const manifest = await writeImage(output, {
    config: {
      created,
      ...platform,
      config: { ...config, ...(Object.keys(labels).length === 0 ? {} : { Labels: labels }) },
      rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.diffId) },
      history: planned.map(({ createdBy }) => ({ created, created_by: createdBy })),
    },
    layers: layers.map((layer) => layer.descriptor),
    annotations: Object.keys(annotations).length === 0 ? undefined : annotations,
    ...io,
  });
  const image = await openImage(output, manifest.digest, { platform, ...io });
  const durationMs = (performance.now() - started) / layers.length;
  const steps = layers.map(
    (layer, index): StepReport => ({
      title: planned[index]?.createdBy ?? '',
      line: 1,
      cached: known !== undefined,
      durationMs,
      layer: layer.descriptor,
    }),
  );
  return {
    platform,
    manifest: { ...manifest, platform },
    config: image.manifest.config.digest,
    layers: image.manifest.layers,
    steps,
  };
}

/** What is known of a layer that is in the output. */
type MadeLayer = Pick<WrittenLayer, 'descriptor' | 'diffId'>;

/** All layers, or none: with one of them missing, the packages have to be laid out anyway. */
async function knownLayers(cache: StepCache, keys: readonly StepKey[], io: Io): Promise<MadeLayer[] | undefined> {
  const layers: MadeLayer[] = [];
  for (const key of keys) {
    const outcome = await cache.find(key.digest, io);
    if (outcome?.layer === undefined) return undefined;
    layers.push(outcome.layer);
  }
  return layers;
}

async function buildLayers(request: ArchitectureRequest, keys: readonly StepKey[], io: Io): Promise<MadeLayer[]> {
  const { recipe, lock, architecture, epoch, options, output, cache } = request;
  await using root = await assembleRootfs(recipe, lock, { ...options, architecture, epoch });
  const layers: MadeLayer[] = [];
  for (const [index, { tar }] of root.layers.entries()) {
    const layer = await writeLayer(output, tar(io.signal), io);
    const key = keys[index];
    if (key !== undefined) await cache.keep(key.digest, { layer });
    layers.push(layer);
  }
  return layers;
}

async function layerKeys(
  { recipe, lock, architecture, epoch }: ArchitectureRequest,
  count: number,
): Promise<StepKey[]> {
  const parts = {
    recipe: await recipeIdentity(recipe),
    packages: (lock.packages[architecture] ?? []).map((one) => `${one.name} ${one.version} ${one.sha256}`),
    architecture,
    epoch: String(epoch),
  };
  return Array.from({ length: count }, (_, index) =>
    stepKey('recipe', { ...parts, layer: `${index + 1} of ${count}` }),
  );
}

/** Everything of a recipe that its files depend on, the content of the files it takes in included; not where it lies. */
async function recipeIdentity(recipe: Recipe): Promise<string> {
  const { name: _, folder, mirrors: __, repositories: ___, keyring: ____, ...rest } = recipe;
  const sources: (readonly [source: string, digest: string])[] = [];
  for (const { source } of recipe.paths) {
    if (source === undefined) continue;
    const digester = new Digester();
    for await (const chunk of fromFile(resolve(folder, source))) digester.update(chunk);
    sources.push([source, digester.digest()]);
  }
  const paths = rest.paths.map(({ source: _____, ...path }) => path);
  return JSON.stringify([{ ...rest, paths }, sources.map(([, digest]) => digest)]);
}
