import { collect } from '@lading/bytes';
import { type Layer, layerOf } from '@lading/image';
import type { TarEntryInput } from '@lading/tar';
import { stepKey } from '../cache/step-key.ts';
import { writeStepLayer } from '../step/session.ts';
import { fileEntry } from './folder-entries.ts';
import type { LayerMetadata } from './metadata.ts';
import type { PhaseSession } from './phase-session.ts';

/** A layer that a buildpack wants to find again (buildpack API §cached layers). */
export interface CachedBuildpackLayer extends LayerMetadata {
  readonly buildpack: string;
  readonly name: string;
  readonly layer: Layer;
  readonly sboms: readonly RestoredSbom[];
}

export interface RestoredSbom {
  readonly format: string;
  readonly content: Uint8Array;
}

const root = { uid: 0, gid: 0 };
const maxIndexBytes = 64 << 20;

interface IndexEntry extends LayerMetadata {
  readonly buildpack: string;
  readonly name: string;
  readonly sboms: Readonly<Record<string, string>>;
}

/**
 * The cached layers of earlier builds of the same name. Content and an index lie in the step cache, like outcomes of steps: each may be
 * gone, and is then made again. What is in the store no more is left out.
 */
export async function findCachedLayers(session: PhaseSession, name: string): Promise<readonly CachedBuildpackLayer[]> {
  const found = await session.cache.find(indexKey(name).digest, session);
  if (found?.layer === undefined) return [];
  const index = layerOf(session.output.content, found.layer.descriptor, found.layer.diffId);
  const system = await session.fileSystems.open([index], session);
  const node = system.tree.get('index.json');
  if (node === undefined) return [];
  const layers: CachedBuildpackLayer[] = [];
  for await (const [, content] of system.read([node], session)) {
    const text = await collect(content, { maxBytes: maxIndexBytes, what: 'the index of cached layers' });
    for (const entry of JSON.parse(text.toString('utf8')) as readonly IndexEntry[]) {
      const kept = await session.cache.find(contentKey(name, entry).digest, session);
      if (kept?.layer?.diffId !== entry.sha) continue;
      const { sboms, ...rest } = entry;
      layers.push({
        ...rest,
        layer: layerOf(session.output.content, kept.layer.descriptor, kept.layer.diffId),
        sboms: Object.entries(sboms).map(([format, sbom]) => ({ format, content: Buffer.from(sbom) })),
      });
    }
  }
  return layers;
}

/** Replaces what was kept under the name. */
export async function keepCachedLayers(
  session: PhaseSession,
  name: string,
  layers: readonly CachedBuildpackLayer[],
): Promise<void> {
  const entries: IndexEntry[] = [];
  for (const { layer, sboms, ...entry } of layers) {
    const { descriptor, diffId } = layer;
    await session.cache.keep(contentKey(name, entry).digest, { layer: { descriptor, diffId } });
    const texts = sboms.map(({ format, content }) => [format, Buffer.from(content).toString('utf8')] as const);
    entries.push({ ...entry, sboms: Object.fromEntries(texts) });
  }
  const index: TarEntryInput[] = [fileEntry('index.json', root, JSON.stringify(entries))];
  await session.cache.keep(indexKey(name).digest, { layer: await writeStepLayer(session, index) });
}

function indexKey(name: string) {
  return stepKey('buildpack', { cache: name });
}

function contentKey(name: string, { buildpack, name: layer }: { readonly buildpack: string; readonly name: string }) {
  return stepKey('buildpack', { cache: name, buildpack, layer });
}
