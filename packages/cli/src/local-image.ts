import { isLadingError, LadingError } from '@lading/errors';
import type { Image } from '@lading/image';
import { familiarReference, type Platform, type Reference } from '@lading/oci';
import type { Context } from './context.ts';
import type { RegistryOptions } from './open-registry.ts';
import { pullImage } from './pull-image.ts';
import { targetOf } from './registries.ts';

export interface LocalImageOptions extends RegistryOptions {
  readonly platform?: Platform | undefined;
  /** `missing` (unless told): from the registry only what is not here; `always`; `never`. */
  readonly pull?: 'missing' | 'always' | 'never' | undefined;
  /** Without its layers, which are fetched when something opens them. */
  readonly lazy?: boolean | undefined;
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
  if (pull === 'never' && !isHere) throw notHere(reference);
  if (isHere) {
    try {
      return await openImage(repository, target, { platform, signal });
    } catch (error) {
      // The tag is here, but for another platform, or its content was removed: the registry may have what is missing.
      if (pull === 'never' || !isLadingError(error, 'PLATFORM_UNMATCHED', 'BLOB_NOT_FOUND')) throw error;
    }
  }
  try {
    const platforms = platform === undefined ? undefined : [platform];
    const { copied } = await pullImage(context, reference, { ...options, platforms });
    return await openImage(repository, copied.digest, { platform, signal });
  } catch (error) {
    throw isHere || !isLadingError(error) ? error : notFetched(reference, error);
  }
}

function notHere(reference: Reference): LadingError {
  return new LadingError('REFERENCE_NOT_FOUND', `Cannot find ${familiarReference(reference)} on this machine`, {
    hint: '"lading ls" shows what is here; leave out --pull=never to ask the registry.',
  });
}

/** Whoever built the image under another name looks here first, not at a registry. */
function notFetched(reference: Reference, error: LadingError): LadingError {
  if (!['network', 'not-found', 'auth'].includes(error.kind)) return error;
  const name = familiarReference(reference);
  return new LadingError(error.code, `${name} is not on this machine, and ${reference.registry} did not give it`, {
    hint: error.hint,
    cause: error,
    details: error.details,
    transient: error.transient,
  });
}
