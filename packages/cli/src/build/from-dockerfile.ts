import { basename, join, relative } from 'node:path';
import type { BuildRequest, BuildResult } from '@lading/builder';
import { parseReference } from '@lading/oci';
import type { OptionValues } from '../command.ts';
import type { Context } from '../context.ts';
import type { Home } from '../home.ts';
import { findOrPull } from '../local-image.ts';
import { registryOptions } from '../registries.ts';
import { recipeContexts } from './recipe-contexts.ts';
import { remoteAccessOf } from './remote-access.ts';
import { runBuild } from './run-build.ts';
import { pullOf, stdinOf } from './source-options.ts';

/** Builds into a local repository, with bases from this machine or their registries. */
export async function fromDockerfile(
  context: Context,
  home: Home,
  request: BuildRequest,
  options: OptionValues,
  repository: string,
): Promise<BuildResult> {
  // Not all of the builder: what recipes and buildpacks need takes longer to load than many a build.
  const { build } = await import('@lading/builder/build');
  const registry = registryOptions(options);
  return runBuild(context, home, options, {
    ...{ request, repository, target: request.target, cacheName: cacheNameOf(request) },
    file: request.file ?? join(request.context, 'Dockerfile'),
    run: (parts) =>
      build(
        request,
        {
          ...parts,
          resolveBase: (name, platform) =>
            findOrPull(context, parseReference(name), { platform, pull: pullOf(options), lazy: true, ...registry }),
          stdin: stdinOf(request, context.signal),
          ...remoteAccessOf(request),
          resolveContext: recipeContexts(parts),
        },
        { signal: context.signal },
      ),
    async definitions(result) {
      const { dockerfileBuild } = await import('@lading/builder/provenance');
      return (image) => dockerfileBuild(request, result, image);
    },
  });
}

function cacheNameOf({ context, file, target = '' }: BuildRequest): string {
  const path = file === undefined ? 'Dockerfile' : relative(context, file);
  return `${path.startsWith('..') ? basename(path) : path} ${target}`;
}
