import { basename } from 'node:path';
import { type Layer, layerOf, openImage, writeImage } from '@lading/image';
import { formatPlatform, type Platform } from '@lading/oci';
import { type StepKey, stepKey } from '../cache/step-key.ts';
import { isoTime } from '../epoch.ts';
import { imageLayer } from '../output/image-layer.ts';
import type { BuiltImage, StepReport } from '../request.ts';
import { inStep } from '../step/in-step.ts';
import { type LayerSession, throughCache, writeStepTar } from '../step/session.ts';
import { platformOf } from './architecture.ts';
import { executionConfig, type RootFilesystem } from './assemble.ts';
import { type AssemblyRequest, assembleInSteps } from './assemble-in-steps.ts';
import { planLayers } from './layering.ts';
import type { Recipe } from './recipe.ts';
import type { RecipeRequest } from './recipe-request.ts';
import type { RecipeSource } from './recipe-sources.ts';

export interface ArchitectureRequest
  extends AssemblyRequest,
    Pick<RecipeRequest, 'labels' | 'annotations' | 'mediaTypes'> {
  /** The files that the recipe takes in. */
  readonly sources: readonly RecipeSource[];
}

/** Builds the image of a recipe for one architecture: layers from the cache, else from the packages; then config and manifest. */
export async function buildArchitecture(session: LayerSession, request: ArchitectureRequest): Promise<BuiltImage> {
  const { recipe, architecture, epoch, mediaTypes: format } = request;
  const { output, signal } = session;
  const platform = platformOf(recipe.distro, architecture);
  const { layers, notes, steps } = await buildLayers(session, request, platform);
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
      history: notes.map((created_by) => ({ created, created_by })),
    },
    layers: layers.map((layer) => layer.descriptor),
    annotations: Object.keys(annotations).length === 0 ? undefined : annotations,
    ...{ format, signal },
  });
  const image = await openImage(output, manifest.digest, { platform, signal });
  return {
    platform,
    manifest: { ...manifest, platform },
    config: image.manifest.config.digest,
    layers: image.manifest.layers,
    steps,
  };
}

interface BuiltLayers {
  readonly layers: readonly Layer[];
  /** For the image's history, one for each layer. */
  readonly notes: readonly string[];
  readonly steps: readonly StepReport[];
}

/** Packages are fetched and laid out when a layer is not in the cache; then once, for all layers. */
async function buildLayers(
  session: LayerSession,
  request: ArchitectureRequest,
  platform: Platform,
): Promise<BuiltLayers> {
  const { recipe, lock, architecture } = request;
  const stage = basename(recipe.name);
  const name = `${stage} ${formatPlatform(platform)}`;
  const notes = planLayers(recipe, lock.packages[architecture] ?? []).map(({ createdBy }) => createdBy);
  const keys = layerKeys(request, notes.length);
  const steps: StepReport[] = [];
  const assemble = (): Promise<RootFilesystem> => assembleInSteps(session, request, { name, stage }, steps);
  await using root = (await isMissing(session, keys)) ? await assemble() : undefined;
  const layers: Layer[] = [];
  for (const [index, key] of keys.entries()) {
    const made = async (from: RootFilesystem | undefined) => {
      const tar = from?.layers[index]?.tar(session.signal);
      return tar === undefined ? {} : { layer: await writeStepTar(session, tar) };
    };
    const title = `${name} ${index + 1}/${keys.length} ${notes[index]}`;
    const step = { id: `${name} ${index + 1}`, title, stage };
    const { done, report } = await inStep(session, step, () =>
      throughCache({ ...session, step }, key, async () => {
        if (root !== undefined) return made(root);
        // It was collected since it was looked for.
        await using anew = await assemble();
        return made(anew);
      }),
    );
    if (done.layer === undefined) continue;
    const layer = await imageLayer(session, done.layer);
    layers.push(layerOf(session.output.content, layer.descriptor, layer.diffId));
    steps.push({ ...report, layer: layer.descriptor });
  }
  return { layers, notes, steps };
}

async function isMissing(session: LayerSession, keys: readonly StepKey[]): Promise<boolean> {
  if (session.noCache) return true;
  for (const { digest } of keys) if ((await session.cache.find(digest, session))?.layer === undefined) return true;
  return false;
}

function layerKeys(request: ArchitectureRequest, count: number): readonly StepKey[] {
  const { recipe, lock, architecture, epoch, sources } = request;
  const parts = {
    recipe: recipeIdentity(recipe, sources),
    packages: (lock.packages[architecture] ?? []).map((one) => `${one.name} ${one.version} ${one.sha256}`),
    architecture,
    epoch: String(epoch),
  };
  return Array.from({ length: count }, (_, index) =>
    stepKey('recipe', { ...parts, layer: `${index + 1} of ${count}` }),
  );
}

/** Everything of a recipe that its files depend on, the content of the files it takes in included; not where it lies. */
function recipeIdentity(recipe: Recipe, sources: readonly RecipeSource[]): string {
  const { name: _, folder, mirrors: __, repositories: ___, keyring: ____, ...rest } = recipe;
  const paths = rest.paths.map(({ source: _____, ...path }) => path);
  return JSON.stringify([{ ...rest, paths }, sources.map(({ digest }) => digest)]);
}
