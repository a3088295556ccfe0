import type { BuildResult, CacheScope, ImportedCache } from '@lading/builder';
import { messageOf } from '@lading/errors';
import { type Descriptor, familiarReference, formatPlatform } from '@lading/oci';
import type { Repository } from '@lading/store';
import type { OptionValues } from '../command.ts';
import type { Context } from '../context.ts';
import type { Home } from '../home.ts';
import { openPlace, openTarget } from '../locations.ts';
import { formatBytes } from '../progress.ts';
import { registryOptions } from '../registries.ts';
import type { CacheSpec } from './cache-spec.ts';

type Place = Exclude<CacheSpec, { readonly type: 'inline' }>;

/** The caches of `--cache-from`, none of which is asked before a step needs it. Close them after the build. */
export async function openImports(
  context: Context,
  home: Home,
  specs: readonly CacheSpec[],
  options: OptionValues,
): Promise<{ caches: readonly ImportedCache[]; close: () => Promise<void> }> {
  const places = specs.filter((spec) => spec.type !== 'inline');
  if (places.length === 0) return { caches: [], close: async () => {} };
  const { importCache } = await import('@lading/builder');
  const opened: { close(): Promise<void> }[] = [];
  const caches = places.map((spec) =>
    importCache({
      name: nameOf(spec),
      open: async () => {
        const place = await openPlace(context, locationOf(spec), registryOptions(options));
        opened.push(place);
        return { repository: place.repository, source: tagOf(spec) };
      },
      bring: (layer, from, io) => bring(home, spec, layer, from, io.signal),
      onUnusable: (text) => context.progress.warn(text),
    }),
  );
  return {
    caches,
    close: async () => {
      for (const place of opened) await place.close();
    },
  };
}

/** A registry's layers come when they are read, those of a folder at once. */
async function bring(
  home: Home,
  spec: Place,
  layer: Descriptor,
  from: Repository,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if ((await home.content.stat(layer)) !== undefined) return true;
  if ((await from.content.stat(layer, { signal })) === undefined) return false;
  if (spec.type === 'registry') {
    await home.origins.note(layer, from.name);
    return true;
  }
  const { copyContents } = await import('@lading/image');
  await copyContents(from, home.repository('localhost/cache'), [layer], { signal });
  return true;
}

/** Writes what the steps of a build made to the places of `--cache-to`. */
export async function exportCaches(
  context: Context,
  built: { readonly name: string; readonly result: BuildResult; readonly output: Repository },
  specs: readonly CacheSpec[],
  options: OptionValues,
): Promise<void> {
  const { progress, signal } = context;
  for (const spec of specs) {
    if (spec.type === 'inline') continue;
    const name = nameOf(spec);
    try {
      const { exportCache } = await import('@lading/builder');
      const place = await openTarget(context, locationOf(spec), registryOptions(options));
      try {
        const { repository: target } = place;
        const scope = scopeOf(built.name, built.result, spec.options.mode);
        const { content } = built.output;
        const exported = await exportCache({ content, target, tag: tagOf(spec), scope }, { signal });
        progress.log(
          `cache ${name}: ${exported.steps} steps, ${formatBytes(exported.transferredBytes)} sent, ${exported.descriptor.digest}`,
        );
      } finally {
        await place.close();
      }
    } catch (error) {
      if (!spec.options.ignoreError || signal.aborted) throw error;
      progress.warn(`The cache ${name} was not written: ${messageOf(error)}`);
    }
  }
}

/** Builds of other platforms or of something else keep their part of a cache. */
function scopeOf(name: string, result: BuildResult, mode: 'min' | 'max'): CacheScope {
  const { images, outcomes = new Map() } = result;
  const inImage = new Set(images.flatMap(({ layers }) => layers.map(({ digest }) => digest)));
  const kept = [...outcomes].filter(
    ([, { layer }]) => mode === 'max' || layer === undefined || inImage.has(layer.descriptor.digest),
  );
  const platforms = images.map(({ platform }) => formatPlatform(platform)).join(',');
  return { name: `${name} ${platforms}`, outcomes: new Map(kept) };
}

function nameOf(spec: Place): string {
  return spec.type === 'registry' ? familiarReference(spec.reference) : `${spec.path}:${spec.tag}`;
}

function tagOf(spec: Place): string {
  return spec.type === 'local' ? spec.tag : (spec.reference.digest ?? spec.reference.tag ?? 'latest');
}

function locationOf(spec: Place): Parameters<typeof openPlace>[1] {
  return spec.type === 'registry'
    ? { transport: 'registry', reference: spec.reference }
    : { transport: 'oci', path: spec.path };
}
