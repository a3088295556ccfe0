import { collect } from '@lading/bytes';
import { type Image, type Layer, layerOf } from '@lading/image';
import type { TarEntryInput } from '@lading/tar';
import { writeStepLayer } from '../step/session.ts';
import { type BuildpackDescriptor, escapeId } from './descriptor.ts';
import { fileEntry, folderEntry, type Owner } from './folder-entries.ts';
import type { CachedBuildpackLayer, RestoredSbom } from './layer-cache.ts';
import type { LayerMetadata, LifecycleMetadata } from './metadata.ts';
import type { PhaseSession } from './phase-session.ts';
import { formatToml } from './toml.ts';

/** The image of the last build, with what its labels say. */
export interface PreviousImage {
  readonly image: Image;
  readonly metadata: LifecycleMetadata;
}

export interface RestoreOptions {
  readonly group: readonly BuildpackDescriptor[];
  readonly previous: PreviousImage | undefined;
  readonly cached: readonly CachedBuildpackLayer[];
  readonly owner: Owner;
}

const maxSbomBytes = 64 << 20;

/**
 * The folders that buildpacks write to, with what they find of the last build: descriptions and bills of materials as one layer, and
 * cached layers as they are (buildpack API §phase 2, §layer types). A layer that is both for launch and cached comes back only when the cache holds the one that
 * is in the image.
 */
export async function restore(session: PhaseSession, options: RestoreOptions): Promise<readonly Layer[]> {
  const { group, previous, cached, owner } = options;
  const entries: TarEntryInput[] = [];
  const contents: Layer[] = [];
  for (const { id } of group) {
    const folder = `layers/${escapeId(id)}`;
    const inImage = previous?.metadata.buildpacks.find(({ key }) => key === id);
    const inCache = new Map(cached.filter(({ buildpack }) => buildpack === id).map((one) => [one.name, one]));
    const files: TarEntryInput[] = [];
    if (inImage?.store !== undefined)
      files.push(fileEntry(`${folder}/store.toml`, owner, formatToml({ ...inImage.store })));
    const add = (name: string, { data }: LayerMetadata, sboms: readonly RestoredSbom[]) => {
      const metadata = data === null ? {} : { metadata: data };
      files.push(fileEntry(`${folder}/${name}.toml`, owner, formatToml(metadata)));
      for (const { format, content } of sboms)
        files.push(fileEntry(`${folder}/${name}.sbom.${format}`, owner, content));
    };
    for (const [name, layer] of Object.entries(inImage?.layers ?? {})) {
      const kept = inCache.get(name);
      inCache.delete(name);
      if (!layer.launch || (layer.build && !layer.cache)) continue;
      if (layer.cache && kept?.sha !== layer.sha) continue;
      if (layer.cache && kept !== undefined) contents.push(kept.layer);
      add(name, layer, await sbomsInImage(session, previous, id, name));
    }
    for (const [name, layer] of inCache) {
      contents.push(layer.layer);
      add(name, layer, layer.sboms);
    }
    entries.push(folderEntry(folder, owner), ...files.sort((a, b) => (a.path < b.path ? -1 : 1)));
  }
  const { descriptor, diffId } = await writeStepLayer(session, entries);
  return [layerOf(session.output.content, descriptor, diffId), ...contents];
}

/** Those of a layer, from the layer of the image that holds all (platform API §exporter outputs). */
async function sbomsInImage(
  session: PhaseSession,
  previous: PreviousImage | undefined,
  id: string,
  name: string,
): Promise<readonly RestoredSbom[]> {
  const layer = previous?.image.layers.find(({ diffId }) => diffId === previous.metadata.sbom?.sha);
  if (layer === undefined) return [];
  const system = await session.fileSystems.open([layer], session);
  const folder = `layers/sbom/launch/${escapeId(id)}/${name}`;
  const nodes = system.tree.list(folder).filter(({ type }) => type === 'file');
  const sboms: RestoredSbom[] = [];
  for await (const [node, content] of system.read(nodes, session)) {
    const format = node.path.slice(`${folder}/sbom.`.length);
    sboms.push({ format, content: await collect(content, { maxBytes: maxSbomBytes, what: node.path }) });
  }
  return sboms;
}
