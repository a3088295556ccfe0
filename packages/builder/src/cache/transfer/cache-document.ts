import { LadingError } from '@lading/errors';
import {
  type Descriptor,
  type Digest,
  encodeJson,
  isDigest,
  isLayerType,
  type Manifest,
  mediaTypes,
  parseDescriptor,
} from '@lading/oci';
import type { StepOutcome } from '../step-cache.ts';

/** A build cache as an artifact: an image manifest, which every registry keeps, that lists the layers, and a config that says whose they are. */
export const cacheArtifactType = 'application/vnd.lading.cache.v1';
export const cacheConfigType = 'application/vnd.lading.cache.config.v1+json';
/** Of an image manifest that carries the cache of its own steps: `type=inline`. */
export const inlineCacheAnnotation = 'org.lading.cache.v1';
export const maxCacheConfigBytes: number = 16 << 20;

/** Outcomes of steps by their keys, of one builder: a scope is replaced as a whole, and others stay. */
export interface CacheScope {
  /** Dockerfile, target and platforms. */
  readonly name: string;
  readonly outcomes: ReadonlyMap<Digest, StepOutcome>;
}

interface RecordDocument {
  readonly key: Digest;
  /** Its place among the manifest's layers; absent: the step changed no file. */
  readonly layer?: number | undefined;
  readonly diffId?: Digest | undefined;
  readonly compressedAs?: string | undefined;
  /** When the step ran. */
  readonly at?: string | undefined;
}

/** The config, and the layers of the manifest, each once. Equal scopes give equal bytes. */
export function encodeCache(scopes: readonly CacheScope[]): { config: Uint8Array; layers: readonly Descriptor[] } {
  const layers = new Map<Digest, { readonly index: number; readonly descriptor: Descriptor }>();
  const place = (descriptor: Descriptor): number => {
    const { mediaType, digest, size } = descriptor;
    const known = layers.get(digest) ?? { index: layers.size, descriptor: { mediaType, digest, size } };
    layers.set(digest, known);
    return known.index;
  };
  const documents = scopes.map(({ name, outcomes }) => ({
    name,
    records: [...outcomes]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, { layer, origin }]): RecordDocument => {
        const at = origin?.at;
        if (layer === undefined) return { key, at };
        const { descriptor, diffId, compressedAs } = layer;
        return { key, layer: place(descriptor), diffId, compressedAs, at };
      }),
  }));
  return {
    config: encodeJson({ version: 1, scopes: documents }),
    layers: [...layers.values()].map(({ descriptor }) => descriptor),
  };
}

/** Throws CACHE_INVALID. `manifest` is what the config belongs to. */
export function parseCache(config: Uint8Array, manifest: Manifest): readonly CacheScope[] {
  const fail = (what: string): never => {
    throw new LadingError('CACHE_INVALID', `Cannot read the build cache: ${what}`, {
      hint: 'Export it again with --cache-to.',
    });
  };
  let value: { readonly version?: unknown; readonly scopes?: unknown };
  try {
    value = JSON.parse(Buffer.from(config).toString('utf8')) as typeof value;
  } catch {
    return fail('its config is not JSON');
  }
  if (value?.version !== 1) return fail(`its version ${JSON.stringify(value?.version)} is not known`);
  if (!Array.isArray(value.scopes)) return fail('it has no scopes');
  const outcomeOf = ({ layer, diffId, compressedAs, at }: Record<string, unknown>): StepOutcome => {
    const origin = typeof at === 'string' && !Number.isNaN(Date.parse(at)) ? { origin: { at } } : {};
    if (layer === undefined) return origin;
    const descriptor = manifest.layers[Number(layer)];
    if (descriptor === undefined || !Number.isInteger(layer)) return fail(`it has no layer ${JSON.stringify(layer)}`);
    if (!isLayerType(descriptor.mediaType)) return fail(`${descriptor.mediaType} is no type of layer`);
    if (typeof diffId !== 'string' || !isDigest(diffId)) return fail('a record has no diffId');
    // Where else a layer may lie is not for a cache to say.
    const { urls: _urls, ...plain } = parseDescriptor(descriptor);
    const named = typeof compressedAs === 'string' ? { compressedAs } : {};
    return { layer: { descriptor: plain, diffId, ...named }, ...origin };
  };
  return value.scopes.map((scope: unknown): CacheScope => {
    const { name, records } = (scope ?? {}) as Record<string, unknown>;
    if (typeof name !== 'string' || !Array.isArray(records)) return fail('a scope has no name or no records');
    const outcomes = records.map((record: unknown): [Digest, StepOutcome] => {
      const fields = (record ?? {}) as Record<string, unknown>;
      const { key } = fields;
      if (typeof key !== 'string' || !isDigest(key)) return fail('a record has no key');
      return [key, outcomeOf(fields)];
    });
    return { name, outcomes: new Map(outcomes) };
  });
}

/** The manifest of a cache. */
export function cacheManifest(config: Descriptor, layers: readonly Descriptor[]): Manifest {
  return {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType: cacheArtifactType,
    config,
    layers: [...layers],
  };
}
