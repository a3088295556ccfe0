import { digestOf, formatPlatform } from '@lading/oci';
import { digestSet } from '../materials.ts';
import type { RecipeRequest } from '../recipe/recipe-request.ts';
import type { BuildResult, BuiltImage } from '../request.ts';
import { choicesOf, dependencyOf } from './dockerfile-build.ts';
import type { BuildDefinition, ResourceDescriptor } from './statement.ts';

/** The build of a recipe; docs/provenance.md says what its parameters mean. */
export const recipeBuildType = 'https://lading.example.org/build/recipe/v1';

/** A file as it was read: its name, digest and text. */
export interface ReadFile {
  readonly name: string;
  readonly text: Uint8Array;
}

/** The definition of the build of one image from a recipe and its lock, both of which it holds. */
export function recipeBuild(
  { labels, annotations, compression, mediaTypes }: RecipeRequest,
  files: { readonly recipe: ReadFile; readonly lock: ReadFile },
  result: BuildResult,
  { platform }: Pick<BuiltImage, 'platform'>,
): BuildDefinition {
  return {
    buildType: recipeBuildType,
    externalParameters: {
      recipe: resourceOf(files.recipe),
      lock: resourceOf(files.lock),
      platform: formatPlatform(platform),
      ...{ labels, annotations, compression, mediaTypes },
    },
    internalParameters: choicesOf(result),
    resolvedDependencies: result.materials.map(dependencyOf),
  };
}

function resourceOf({ name, text }: ReadFile): ResourceDescriptor {
  return { name, digest: digestSet(digestOf(text)), content: Buffer.from(text).toString('base64') };
}
