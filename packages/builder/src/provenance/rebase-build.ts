import type { Image } from '@lading/image';
import { formatPlatform } from '@lading/oci';
import { currentProfile } from '../format-profile.ts';
import { imageMaterial } from '../source/image-material.ts';
import { builderId } from './attach-provenance.ts';
import { dependencyOf, dockerfileBuildType } from './dockerfile-build.ts';
import type { BuildDefinition, Provenance } from './statement.ts';

/** A change of base; docs/provenance.md says what its parameters mean. */
export const rebaseBuildType = 'https://lading.example.org/build/rebase/v1';

export interface NamedImage {
  readonly name: string;
  readonly image: Image;
}

export interface RebaseChoices {
  readonly force: boolean;
  /** Whether `COPY --link` in the history of the image was taken at its word. */
  readonly linksHold: boolean;
}

/** Whether provenance says that the history of an image was written by this builder, so that `COPY --link` in it means what it says. */
export function saysLinksHold({ buildDefinition, runDetails }: Provenance): boolean {
  const { buildType, internalParameters } = buildDefinition;
  if (runDetails.builder.id !== builderId) return false;
  if (buildType === rebaseBuildType) return (internalParameters as Partial<RebaseChoices>).linksHold === true;
  return buildType === dockerfileBuildType;
}

/** The definition of the image that came of putting one on another base. How the first was built, its own provenance says. */
export function rebaseBuild(
  image: NamedImage,
  base: NamedImage,
  onto: NamedImage,
  { force, linksHold }: RebaseChoices,
): BuildDefinition {
  return {
    buildType: rebaseBuildType,
    externalParameters: {
      ...{ image: image.name, onto: onto.name, platform: formatPlatform(image.image.platform) },
      ...(force ? { force } : {}),
    },
    internalParameters: { formatProfile: currentProfile, linksHold },
    resolvedDependencies: [image, base, onto].map((one) => dependencyOf(imageMaterial(one.name, one.image))),
  };
}
