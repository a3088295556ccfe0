import type { Image } from '@lading/image';
import { familiarReference, formatPlatform, isDigest, parseReference } from '@lading/oci';
import { digestSet, type Material } from '../materials.ts';

/** An image as a record of what came in: a package URL of type docker, with the platform (purl-spec §docker). */
export function imageMaterial(
  name: string,
  { descriptor, platform }: Pick<Image, 'descriptor' | 'platform'>,
): Material {
  const text = formatPlatform(platform);
  const { registry, repository, tag } = parseReference(name, { defaultTag: null });
  const known = familiarReference({ registry, repository });
  const version = tag === undefined ? '' : `@${encodeURIComponent(tag)}`;
  const uri = `pkg:docker/${known.split('/').map(encodeURIComponent).join('/')}${version}?platform=${encodeURIComponent(text)}`;
  const digest = isDigest(descriptor.digest) ? digestSet(descriptor.digest) : {};
  return { kind: 'image', name, uri, digest, platform: text };
}
