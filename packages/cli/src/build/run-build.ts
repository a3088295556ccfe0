import type { BuildEnvironment, BuildRequest, BuildResult, BuiltImage } from '@lading/builder';
import type { BuildDefinition } from '@lading/builder/provenance';
import type { OptionValues } from '../command.ts';
import type { Context } from '../context.ts';
import type { Home } from '../home.ts';
import { openRegistryOf } from '../open-registry.ts';
import { registryOptions } from '../registries.ts';
import { openBuildView } from './build-view.ts';
import { cachesOf } from './cache-options.ts';
import { exportCaches, openImports } from './cache-places.ts';
import { progressOf } from './progress-options.ts';
import { withProvenance } from './provenance-options.ts';
import { recorded } from './recorded.ts';

/** What a build is, whatever it is built from. */
export interface BuildTask<Result extends BuildResult> {
  readonly request: Pick<BuildRequest, 'indexAnnotations' | 'descriptorAnnotations' | 'mediaTypes'>;
  /** The Dockerfile, the recipe, or the folder that buildpacks build. */
  readonly file: string;
  readonly target?: string | undefined;
  /** In a cache that builds share: which of them this is, beside its platforms. */
  readonly cacheName: string;
  /** A local repository. */
  readonly repository: string;
  run(parts: BuildParts): Promise<Result>;
  /** What its provenance says. */
  definitions(result: Result): Promise<(image: BuiltImage) => BuildDefinition>;
}

/** Where a build writes, what it finds there, and who hears of it. */
export type BuildParts = Pick<
  BuildEnvironment,
  'output' | 'cacheFolder' | 'snapshots' | 'isFetchable' | 'onEvent' | 'recorder' | 'caches'
>;

/**
 * Runs a build as every frontend does: steps are shown and recorded, caches are looked into before and written after it, and provenance is
 * attached to what was built.
 */
export async function runBuild<Result extends BuildResult>(
  context: Context,
  home: Home,
  options: OptionValues,
  task: BuildTask<Result>,
): Promise<Result> {
  const { from, to, explain } = cachesOf(options);
  const registry = registryOptions(options);
  home.fetchWith((reference) => openRegistryOf(reference, registry));
  using view = openBuildView(context.progress, { mode: progressOf(context, options), explain });
  const imports = await openImports(context, home, from, options);
  try {
    return await recorded(home, task, options, async (recorder) => {
      const startedOn = new Date();
      const output = home.repository(task.repository);
      const result = await task.run({
        output,
        cacheFolder: home.cacheFolder,
        snapshots: () => home.snapshots(),
        isFetchable: async ({ digest }) => (await home.origins.find(digest)) !== undefined,
        ...{ onEvent: view.onEvent, recorder, caches: imports.caches },
      });
      await exportCaches(context, { name: task.cacheName, result, output }, to, options);
      const definitionOf = await task.definitions(result);
      return await withProvenance(context, output, result, options, { request: task.request, startedOn, definitionOf });
    });
  } finally {
    await imports.close();
  }
}
