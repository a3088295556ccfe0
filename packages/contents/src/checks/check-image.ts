import type { CheckFinding, ImageFacts } from '@lading/facts';
import type { History, ImageConfig } from '@lading/oci';

export interface CheckedImage {
  readonly facts: ImageFacts;
  readonly config: ImageConfig;
  /** The name under which it is looked at. */
  readonly reference?: string | undefined;
  /** The config's unless told. */
  readonly history?: readonly History[] | undefined;
}

/** What is unwise in how an image is made, from worst to least. */
export function checkImage(_image: CheckedImage): readonly CheckFinding[] {
  return [];
}
