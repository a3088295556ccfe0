import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LadingError } from '@lading/errors';
import {
  annotationKeys,
  type Descriptor,
  type Digest,
  formatReference,
  isCompanionTag,
  isTag,
  parseReference,
  type Reference,
} from '@lading/oci';

/** One image or index that a layout or archive lists. */
export interface ListedImage {
  readonly descriptor: Descriptor;
  readonly names: readonly string[];
}

/** The entries of index.json, each digest once. */
export async function layoutImages(path: string): Promise<ListedImage[]> {
  const { parseLayoutIndex } = await import('@lading/store');
  const index = parseLayoutIndex(await readFile(join(path, 'index.json')), path);
  const images = new Map<Digest, { descriptor: Descriptor; names: string[] }>();
  for (const entry of index.manifests) {
    const image = images.get(entry.digest) ?? { descriptor: entry, names: [] };
    images.set(entry.digest, image);
    const name = entry.annotations?.[annotationKeys.refName];
    if (name !== undefined && !image.names.includes(name)) image.names.push(name);
  }
  return [...images.values()];
}

/**
 * Signatures and SBOMs are listed beside the image that they are about, without a name or under one that is made of its digest; they come
 * with it.
 */
export function withoutReferrers(images: readonly ListedImage[]): readonly ListedImage[] {
  const others = images.filter(({ descriptor, names }) =>
    names.length === 0 ? descriptor.artifactType === undefined : !names.every(isCompanionTag),
  );
  return others.length === 0 ? images : others;
}

/** What to look for in a list; without a name and digest, the only image. */
export interface Wanted {
  readonly name?: string;
  readonly digest?: Digest;
  /** The place, for messages. */
  readonly where: string;
}

/** The image that is wanted, and what it is called there. Throws REFERENCE_NOT_FOUND. */
export function pickImage(
  images: readonly ListedImage[],
  { name, digest, where }: Wanted,
): { readonly descriptor: Descriptor; readonly tag?: string } {
  if (digest !== undefined) {
    const image = images.find(({ descriptor }) => descriptor.digest === digest);
    if (image !== undefined) return { descriptor: image.descriptor };
  } else if (name !== undefined) {
    const image = images.find(({ names }) => names.includes(name)) ?? images.find(({ names }) => isNamed(names, name));
    if (image !== undefined) return { descriptor: image.descriptor, tag: name };
  } else {
    const candidates = withoutReferrers(images);
    const named = candidates.filter(({ names }) => names.length > 0);
    const [only, ...others] = named.length > 0 ? named : candidates;
    if (only !== undefined && others.length === 0) {
      const [tag] = only.names;
      return { descriptor: only.descriptor, ...(tag === undefined ? {} : { tag }) };
    }
  }
  const offered = images.map(({ descriptor, names }) => names[0] ?? `@${descriptor.digest}`);
  const fault =
    images.length === 0
      ? 'it has no images'
      : digest === undefined && name === undefined
        ? `it has ${images.length} images and none was named`
        : 'it has no such image';
  throw new LadingError('REFERENCE_NOT_FOUND', `Cannot find an image in ${where}: ${fault}`, {
    ...(images.length === 0 ? {} : { hint: `It has ${offered.slice(0, 20).join(', ')}.` }),
    details: { location: where, offered },
  });
}

/** `docker.io/library/alpine:3.10`, `alpine:3.10` and, in an OCI layout, `3.10` may stand for each other. */
function isNamed(names: readonly string[], wanted: string): boolean {
  const reference = canonical(wanted);
  return names.some((name) => {
    const candidate = canonical(name);
    if (candidate === undefined) return false;
    if (isTag(wanted)) return candidate.tag === wanted && /[:/]/.test(name);
    return reference !== undefined && formatReference(candidate) === formatReference(reference);
  });
}

/** A name with its registry and tag; undefined for what is no name. */
export function canonical(name: string): Reference | undefined {
  try {
    return parseReference(name);
  } catch {
    return undefined;
  }
}
