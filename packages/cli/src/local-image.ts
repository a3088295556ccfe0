import { isLadingError } from '@lading/errors';
import type { Image } from '@lading/image';
import type { Platform, Reference } from '@lading/oci';
import type { Context } from './context.ts';
import { pullImage } from './pull-image.ts';
import { type RegistryOptions, targetOf } from './registries.ts';

export interface LocalImageOptions extends RegistryOptions {
  readonly platform?: Platform | undefined;
  /** `missing` (unless told): from the registry only what is not here; `always`; `never`. */
  readonly pull?: 'missing' | 'always' | 'never' | undefined;
}

/**
 * The image of a reference in the local store, fetched from its registry when it is missing.
 * Throws REFERENCE_NOT_FOUND, PLATFORM_UNMATCHED and what copying throws.
 */
export async function findOrPull(
  context: Context,
  reference: Reference,
  options: LocalImageOptions = {},
): Promise<Image> {
  const { openImage } = await import('@lading/image');
  const repository = (await context.home()).repositoryOf(reference);
  const target = targetOf(reference);
  const { platform, pull = 'missing' } = options;
  const { signal } = context;
  const isHere = pull !== 'always' && (await repository.references.resolve(target, { signal })) !== undefined;
  if (isHere || pull === 'never') {
    try {
      return await openImage(repository, target, { platform, signal });
    } catch (error) {
      // The tag is here, but for another platform, or its content was removed: the registry may have what is missing.
      if (pull === 'never' || !isLadingError(error, 'PLATFORM_UNMATCHED', 'BLOB_NOT_FOUND')) throw error;
    }
  }
  const { copied } = await pullImage(context, reference, {
    ...options,
    platforms: platform === undefined ? undefined : [platform],
  });
  return openImage(repository, copied.digest, { platform, signal });
}
