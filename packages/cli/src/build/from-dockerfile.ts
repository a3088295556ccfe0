import type { BuildRequest, BuildResult } from '@lading/builder';
import { parseReference } from '@lading/oci';
import { createBuildLog } from '../build-log.ts';
import type { OptionValues } from '../command.ts';
import type { Context } from '../context.ts';
import type { Home } from '../home.ts';
import { findOrPull } from '../local-image.ts';
import { registryOptions } from '../registries.ts';
import { pullOf } from './source-options.ts';

/** Builds into a local repository, with bases from this machine or their registries. */
export async function fromDockerfile(
  context: Context,
  home: Home,
  request: BuildRequest,
  options: OptionValues,
  repository: string,
): Promise<BuildResult> {
  const { build } = await import('@lading/builder');
  return build(
    request,
    {
      output: home.repository(repository),
      cacheFolder: home.cacheFolder,
      snapshots: () => home.snapshots(),
      resolveBase: (name, platform) =>
        findOrPull(context, parseReference(name), { platform, pull: pullOf(options), ...registryOptions(options) }),
      onEvent: createBuildLog(context.progress),
    },
    { signal: context.signal },
  );
}
