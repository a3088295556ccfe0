import type { Io } from '@lading/bytes';
import type { Image } from '@lading/image';
import { familiarReference, type Platform, type Reference } from '@lading/oci';
import type { Context } from './context.ts';
import { type RegistryOptions, targetOf, withRemote } from './registries.ts';

export interface LocalImageOptions extends RegistryOptions, Io {
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
  const home = await context.home();
  const repository = home.repositoryOf(reference);
  const target = targetOf(reference);
  const { platform, pull = 'missing', signal } = options;
  const local = pull === 'always' ? undefined : await repository.references.resolve(target, { signal });
  if (local !== undefined || pull === 'never') {
    try {
      return await openImage(repository, target, { platform, signal });
    } catch (error) {
      // The tag is here, but for another platform, or its content was removed: the registry may have what is missing.
      const { isLadingError } = await import('@lading/errors');
      if (pull === 'never' || !isLadingError(error, 'PLATFORM_UNMATCHED', 'BLOB_NOT_FOUND')) throw error;
    }
  }
  const { copy } = await import('@lading/image');
  const { hostPlatform } = await import('@lading/oci');
  context.progress.log(`pulling ${familiarReference(reference)}`);
  const copied = await withRemote(reference, options, (remote) =>
    copy(remote, repository, {
      from: target,
      ...(reference.tag === undefined ? {} : { to: reference.tag }),
      platforms: [platform ?? hostPlatform()],
      signal,
      onProgress: ({ transferredBytes, totalBytes }) =>
        context.progress.update('pull', familiarReference(reference), transferredBytes, totalBytes),
    }),
  );
  context.progress.finish('pull');
  return openImage(repository, copied.descriptor.digest, { platform, signal });
}
