import type { ImageSecret } from '@lading/facts';
import type { ImageConfig } from '@lading/oci';

/** Secrets in what an image says of itself: variables, labels, and the history with its build arguments. */
export function secretsOfConfig(_config: ImageConfig): readonly ImageSecret[] {
  return [];
}
