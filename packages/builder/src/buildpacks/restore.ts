import { collect } from '@lading/bytes';
import type { Image, Layer } from '@lading/image';
import { digestOf } from '@lading/oci';
import type { TarEntryInput } from '@lading/tar';
import { stepKey } from '../cache/step-key.ts';
import type { CachedStep } from '../step/session.ts';
import { type BuildpackDescriptor, escapeId } from './descriptor.ts';
import { fileEntry, folderEntry, type Owner } from './folder-entries.ts';
import type { CachedBuildpackLayer, RestoredSbom } from './layer-cache.ts';
import type { LayerMetadata, LifecycleMetadata } from './metadata.ts';
import { cachedLayer, type PhaseSession, type PhaseStepSession } from './phase-session.ts';
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

export interface Restored extends CachedStep {
  /** Descriptions and bills of materials. */
  readonly layer: Layer;
  /** Cached layers as they are. */
  readonly contents: readonly Layer[];
}

const maxSbomBytes = 64 << 20;

/**
 * The folders that buildpacks write to, with what they find of the last build: descriptions and bills of materials as one layer, and
 * cached layers as they are (buildpack API §phase 2, §layer types). A layer that is both for launch and cached comes back only when the cache holds the one that
 * is in the image.
 */
export async function restore(session: PhaseStepSession, options: RestoreOptions): Promise<Restored> {
  const { group, previous, cached, owner } = options;
  const entries: TarEntryInput[] = [];
  const restored: string[] = [];
  const contents: Layer[] = [];
  for (const { id } of group) {
    const folder = `layers/${escapeId(id)}`;
    const inImage = previous?.metadata.buildpacks.find(({ key }) => key === id);
    const inCache = new Map(cached.filter(({ buildpack }) => buildpack === id).map((one) => [one.name, one]));
    const files: (readonly [path: string, content: string | Uint8Array])[] = [];
    if (inImage?.store !== undefined) files.push([`${folder}/store.toml`, formatToml({ ...inImage.store })]);
    const add = (name: string, { data }: LayerMetadata, sboms: readonly RestoredSbom[]) => {
      const metadata = data === null ? {} : { metadata: data };
      files.push([`${folder}/${name}.toml`, formatToml(metadata)]);
      for (const { format, content } of sboms) files.push([`${folder}/${name}.sbom.${format}`, content]);
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
    files.sort(([a], [b]) => (a < b ? -1 : 1));
    entries.push(folderEntry(folder, owner), ...files.map(([path, content]) => fileEntry(path, owner, content)));
    restored.push(folder, ...files.map(([path, content]) => `${path} ${digestOf(content)}`));
  }
  const key = stepKey('buildpack', { restored, owner: `${owner.uid}:${owner.gid}` });
  return { ...(await cachedLayer(session, key, () => entries)), contents };
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
