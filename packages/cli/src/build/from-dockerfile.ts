import type { BuildRequest, BuildResult, BuiltImage } from '@lading/builder';
import type { BuildDefinition } from '@lading/builder/provenance';
import { parseReference } from '@lading/oci';
import type { OptionValues } from '../command.ts';
import type { Context } from '../context.ts';
import type { Home } from '../home.ts';
import { findOrPull } from '../local-image.ts';
import { openRegistryOf } from '../open-registry.ts';
import { registryOptions } from '../registries.ts';
import { openBuildView } from './build-view.ts';
import { cachesOf } from './cache-options.ts';
import { exportCaches, openImports } from './cache-places.ts';
import { progressOf } from './progress-options.ts';
import { withProvenance } from './provenance-options.ts';
import { recipeContexts } from './recipe-contexts.ts';
import { recorded } from './recorded.ts';
import { remoteAccessOf } from './remote-access.ts';
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
  const { from, to, explain } = cachesOf(options);
  const registry = registryOptions(options);
  const output = home.repository(repository);
  home.fetchWith((reference) => openRegistryOf(reference, registry));
  using view = openBuildView(context.progress, { mode: progressOf(context, options), explain });
  const imports = await openImports(context, home, from, options);
  try {
    return await recorded(home, request, options, async (recorder) => {
      const startedOn = new Date();
      const built = await build(
        request,
        {
          output,
          cacheFolder: home.cacheFolder,
          snapshots: () => home.snapshots(),
          resolveBase: (name, platform) =>
            findOrPull(context, parseReference(name), { platform, pull: pullOf(options), lazy: true, ...registry }),
          stdin: stdinOf(request, context.signal),
          ...remoteAccessOf(request),
          resolveContext: recipeContexts(home, output),
          onEvent: view.onEvent,
          recorder,
          caches: imports.caches,
          isFetchable: async ({ digest }) => (await home.origins.find(digest)) !== undefined,
        },
        { signal: context.signal },
      );
      await exportCaches(context, { request, result: built, output }, to, options);
      const { dockerfileBuild } = await import('@lading/builder/provenance');
      const definitionOf = (image: BuiltImage): BuildDefinition => dockerfileBuild(request, built, image);
      return await withProvenance(context, output, built, options, { request, startedOn, definitionOf });
    });
  } finally {
    await imports.close();
  }
}
