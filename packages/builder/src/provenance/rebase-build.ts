import type { Image } from '@lading/image';
import { formatPlatform } from '@lading/oci';
import { currentProfile } from '../format-profile.ts';
import { imageMaterial } from '../source/image-material.ts';
import { dependencyOf } from './dockerfile-build.ts';
import type { BuildDefinition } from './statement.ts';

/** A change of base; docs/provenance.md says what its parameters mean. */
export const rebaseBuildType = 'https://lading.example.org/build/rebase/v1';

export interface NamedImage {
  readonly name: string;
  readonly image: Image;
}

/** The definition of the image that came of putting one on another base. How the first was built, its own provenance says. */
export function rebaseBuild(image: NamedImage, base: NamedImage, onto: NamedImage, force: boolean): BuildDefinition {
  return {
    buildType: rebaseBuildType,
    externalParameters: {
      ...{ image: image.name, onto: onto.name, platform: formatPlatform(image.image.platform) },
      ...(force ? { force } : {}),
    },
    internalParameters: { formatProfile: currentProfile },
    resolvedDependencies: [image, base, onto].map((one) => dependencyOf(imageMaterial(one.name, one.image))),
  };
}
