import type { Io } from '@lading/bytes';
import { copy, openManifest } from '@lading/image';
import { artifactTypeOf, type Descriptor, type Digest, descriptorOf, encodeJson, mediaTypes } from '@lading/oci';
import {
  type ContentReader,
  type ContentStore,
  createMemoryReferences,
  createMemoryStore,
  get,
  put,
  type Repository,
} from '@lading/store';
import type { StepOutcome } from '../step-cache.ts';
import {
  type CacheScope,
  cacheArtifactType,
  cacheConfigType,
  cacheManifest,
  encodeCache,
  maxCacheConfigBytes,
  parseCache,
} from './cache-document.ts';

export interface CacheExport {
  /** Where the layers are, or where opening fetches them from. */
  readonly content: ContentReader;
  readonly target: Repository;
  readonly tag: string;
  readonly scope: CacheScope;
}

export interface ExportedCache {
  readonly descriptor: Descriptor;
  readonly steps: number;
  /** Bytes that moved. */
  readonly transferredBytes: number;
}

/** Older scopes of an artifact beyond these go. */
const maxScopes = 50;

/**
 * Writes the outcomes of a build as an artifact and points the tag at it: what the target has does not move. Scopes of other builds, such as
 * those for other platforms or targets, stay, as long as their layers are there. Throws what copying throws.
 */
export async function exportCache({ content, target, tag, scope }: CacheExport, io: Io = {}): Promise<ExportedCache> {
  const others = (await existingScopes(target, tag, io)).filter(({ name }) => name !== scope.name);
  const scopes = [scope, ...newestFirst(others)].slice(0, maxScopes);
  const { config, layers } = encodeCache(scopes.toSorted((one, other) => (one.name < other.name ? -1 : 1)));
  const memory = createMemoryStore();
  const configDescriptor = await put(memory, config, descriptorOf(config, cacheConfigType), io);
  const manifest = encodeJson(cacheManifest(configDescriptor, layers));
  const descriptor = await put(memory, manifest, descriptorOf(manifest, mediaTypes.ociManifest), io);
  const source: Repository = {
    name: 'the build cache',
    content: onTopOf(content, memory),
    references: createMemoryReferences(),
  };
  const { transferredBytes } = await copy(source, target, { from: descriptor, to: tag, ...io });
  return { descriptor, steps: scope.outcomes.size, transferredBytes };
}

/** What the tag holds now; nothing where it holds no cache, which is then replaced. */
async function existingScopes(target: Repository, tag: string, io: Io): Promise<readonly CacheScope[]> {
  try {
    const document = await openManifest(target, tag, io);
    if (document.kind !== 'manifest' || artifactTypeOf(document) !== cacheArtifactType) return [];
    const bytes = await get(target.content, document.value.config, { maxBytes: maxCacheConfigBytes, ...io });
    const present = new Map<Digest, boolean>();
    for (const layer of document.value.layers)
      present.set(layer.digest, (await target.content.stat(layer, io)) !== undefined);
    const isWhole = ({ layer }: StepOutcome): boolean =>
      layer === undefined || present.get(layer.descriptor.digest) === true;
    return parseCache(bytes, document.value).map(({ name, outcomes }) => ({
      name,
      outcomes: new Map([...outcomes].filter(([, outcome]) => isWhole(outcome))),
    }));
  } catch {
    io.signal?.throwIfAborted();
    return [];
  }
}

function newestFirst(scopes: readonly CacheScope[]): readonly CacheScope[] {
  const newest = ({ outcomes }: CacheScope): string =>
    [...outcomes.values()].reduce(
      (latest, { origin }) => ((origin?.at ?? '') > latest ? (origin?.at ?? '') : latest),
      '',
    );
  return scopes.toSorted((one, other) => (newest(one) < newest(other) ? 1 : -1));
}

/** Content of a store, with some that lies only in memory. */
function onTopOf(content: ContentReader, memory: ContentStore): ContentStore {
  return {
    ...memory,
    stat: async (target, io) => (await memory.stat(target, io)) ?? content.stat(target, io),
    open: async (target, io) =>
      (await memory.stat(target, io)) === undefined ? content.open(target, io) : memory.open(target, io),
  };
}
