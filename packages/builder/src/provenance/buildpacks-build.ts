import { formatPlatform } from '@lading/oci';
import type { BuildpacksRequest, BuildpacksResult } from '../buildpacks/request.ts';
import type { BuiltImage } from '../request.ts';
import { choicesOf, dependencyOf } from './dockerfile-build.ts';
import type { BuildDefinition } from './statement.ts';

/** A build with buildpacks; docs/provenance.md says what its parameters mean. */
export const buildpacksBuildType = 'https://lading.example.org/build/buildpacks/v1';

/** The definition of the build of an application. Of variables only the names: buildpacks are given credentials by them. */
export function buildpacksBuild(
  request: BuildpacksRequest,
  result: BuildpacksResult,
  { platform }: Pick<BuiltImage, 'platform'>,
): BuildDefinition {
  const { buildImage, runImage, env = {}, processType, execEnv, network } = request;
  const { labels, annotations, compression, forceCompression, mediaTypes } = request;
  return {
    buildType: buildpacksBuildType,
    externalParameters: {
      ...{ buildImage, runImage, platform: formatPlatform(platform) },
      buildpacks: result.buildpacks,
      variables: Object.keys(env).sort(),
      ...{ processType, execEnv, network, labels, annotations, compression, mediaTypes },
      forceCompression: forceCompression || undefined,
    },
    internalParameters: choicesOf(result),
    resolvedDependencies: result.materials.map(dependencyOf),
  };
}
