import type { Digest } from '@lading/oci';
import type { Target } from './content-store.ts';

/** The digest of what a target names. */
export function digestOfTarget(target: Target): Digest {
  return typeof target === 'string' ? target : target.digest;
}
