import { dockerfileBuildType, findProvenance, saysLinksHold } from '@lading/builder/provenance';
import { isLadingError, LadingError } from '@lading/errors';
import type { Image } from '@lading/image';
import { annotationKeys, formatReference, isDigest, parseReference } from '@lading/oci';
import type { Repository } from '@lading/store';
import type { Context } from '../context.ts';
import { findOrPull } from '../local-image.ts';
import type { RegistryOptions } from '../open-registry.ts';

export interface FoundBase {
  readonly name: string;
  readonly image: Image;
  /** Whether provenance says that Lading built the image, so that its history means what it says. */
  readonly linksHold: boolean;
}

export interface FindBaseOptions extends RegistryOptions {
  /** As the user says; else what the image and its provenance say. */
  readonly base: string | undefined;
}

/** The image that another one was built on, without its layers. Throws REBASE_REFUSED when nothing says which it is. */
export async function findBase(
  context: Context,
  repository: Repository,
  image: Image,
  { base, ...registry }: FindBaseOptions,
): Promise<FoundBase> {
  const { signal } = context;
  const provenance = await findProvenance(repository, image.descriptor, { buildType: dockerfileBuildType, signal });
  const linksHold = provenance !== undefined && saysLinksHold(provenance);
  const { platform } = image;
  const open = (name: string): Promise<Image> =>
    findOrPull(context, parseReference(name), { platform, lazy: true, ...registry });
  if (base !== undefined) return { name: base, image: await open(base), linksHold };
  const failures: unknown[] = [];
  for (const name of [annotated(image), ...recorded(provenance)]) {
    if (name === undefined) continue;
    try {
      const found = await open(name);
      if (isBelow(found, image)) return { name, image: found, linksHold };
    } catch (error) {
      if (!isLadingError(error)) throw error;
      failures.push(error);
    }
  }
  throw new LadingError(
    'REBASE_REFUSED',
    'Cannot rebase the image: nothing says what it was built on that is to be had',
    {
      hint: 'Name the base that it has now with --base.',
      cause: failures[0],
    },
  );
}

function annotated({ manifest: { annotations = {} } }: Image): string | undefined {
  const { [annotationKeys.baseName]: name, [annotationKeys.baseDigest]: digest } = annotations;
  return name === undefined ? undefined : pinned(name, digest);
}

/** Every image that the build took in; the base is the one whose layers are the lowest. */
function recorded(provenance: Awaited<ReturnType<typeof findProvenance>>): readonly string[] {
  const { resolvedDependencies = [] } = provenance?.buildDefinition ?? {};
  return resolvedDependencies.flatMap(({ name, digest, annotations }) =>
    annotations?.kind === 'image' && name !== undefined ? [pinned(name, `sha256:${digest?.sha256}`)] : [],
  );
}

function pinned(name: string, digest: string | undefined): string {
  if (digest === undefined || !isDigest(digest)) return name;
  const { tag: _tag, ...reference } = parseReference(name);
  return formatReference({ ...reference, digest });
}

function isBelow(base: Image, image: Image): boolean {
  return base.layers.length > 0 && base.layers.every(({ diffId }, at) => image.layers[at]?.diffId === diffId);
}
