import type { ImageFacts, ImageLayer, ImagePackage, PackageType } from '@lading/facts';
import { isDigest } from '@lading/oci';

/** What the formats have no field of their own for, by name. Both write it, in their ways, and read it back. */
export type Attributes = readonly (readonly [name: string, value: string])[];

const prefix = 'lading:';

/**
 * Of a package. Layers are told by index, which `imageAttributes` lists, and by digest, for whoever reads one package alone. The base is left
 * out: which one is known differs from machine to machine, and follows from the layers (`withBase`).
 */
export function packageAttributes(found: ImagePackage, { layers }: ImageFacts): Attributes {
  const layer = layers[found.layer];
  return named([
    ['cataloger', found.cataloger],
    ['location', found.location],
    ['architecture', found.architecture],
    ['source:name', found.source?.name],
    ['source:version', found.source?.version],
    ['role', found.role],
    ['owner', found.owner && `${found.owner.type}/${found.owner.name}`],
    ['layer', layer && String(found.layer)],
    ['layer:digest', layer?.digest],
    ['layer:diffId', layer?.diffId],
  ]);
}

/** Of the image. */
export function imageAttributes({ platform, layers, version }: ImageFacts): Attributes {
  return named([
    ['facts', String(version)],
    ['platform', platform],
    ...layers.map((layer) => ['image:layer', JSON.stringify(layer)] as const),
  ]);
}

function named(values: readonly (readonly [string, string | undefined])[]): Attributes {
  return values.flatMap(([name, value]) => (value === undefined ? [] : [[`${prefix}${name}`, value] as const]));
}

export type PackageAttributes = Pick<
  ImagePackage,
  'cataloger' | 'location' | 'layer' | 'architecture' | 'source' | 'role' | 'owner'
>;

/** What attributes say of a package; what they do not say is left empty. */
export function packageOfAttributes(attributes: Attributes): PackageAttributes {
  const values = new Map(attributes);
  const get = (name: string): string | undefined => values.get(prefix + name);
  const [ownerType, ...owner] = get('owner')?.split('/') ?? [];
  const [sourceName, role] = [get('source:name'), get('role')];
  return {
    cataloger: get('cataloger') ?? 'sbom',
    location: get('location') ?? '',
    layer: integerOf(get('layer')) ?? -1,
    architecture: get('architecture'),
    source: sourceName === undefined ? undefined : { name: sourceName, version: get('source:version') ?? '' },
    role: role === 'main' || role === 'standard-library' ? role : undefined,
    owner: ownerType === undefined ? undefined : { type: ownerType as PackageType, name: owner.join('/') },
  };
}

export function imageOfAttributes(attributes: Attributes): Pick<ImageFacts, 'platform' | 'layers'> {
  const layers: ImageLayer[] = [];
  let platform = '';
  for (const [name, value] of attributes) {
    if (name === `${prefix}platform`) platform = value;
    if (name === `${prefix}image:layer`) layers.push(layerOf(value));
  }
  return { platform, layers: layers.includes(noLayer) ? [] : layers };
}

const noLayer = {} as ImageLayer; // only compared

function layerOf(text: string): ImageLayer {
  try {
    const { digest, diffId, size, instruction } = JSON.parse(text) as Record<string, unknown>;
    if (typeof digest !== 'string' || typeof diffId !== 'string' || !isDigest(digest) || !isDigest(diffId))
      return noLayer;
    return {
      digest,
      diffId,
      size: typeof size === 'number' ? size : 0,
      ...(typeof instruction === 'string' ? { instruction } : {}),
    };
  } catch {
    return noLayer;
  }
}

function integerOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) : undefined;
}
