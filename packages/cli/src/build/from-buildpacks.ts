import { basename } from 'node:path';
import type { BuildpacksRequest, BuildpacksResult } from '@lading/builder';
import { isLadingError } from '@lading/errors';
import type { Image } from '@lading/image';
import { formatReference, type Platform, parseReference, type Reference } from '@lading/oci';
import { type OptionValues, textOption } from '../command.ts';
import type { Context } from '../context.ts';
import type { Home } from '../home.ts';
import { findOrPull } from '../local-image.ts';
import { registryOptions } from '../registries.ts';
import { runBuild } from './run-build.ts';
import { pullOf } from './source-options.ts';

/** Builds with buildpacks into a local repository, with images from this machine or their registries. */
export async function fromBuildpacks(
  context: Context,
  home: Home,
  request: BuildpacksRequest,
  options: OptionValues,
  target: { readonly repository: string; readonly name: Reference | undefined },
): Promise<BuildpacksResult> {
  const { buildWithBuildpacks } = await import('@lading/builder');
  const { name, repository } = target;
  const registry = registryOptions(options);
  const result = await runBuild(context, home, options, {
    ...{ request, repository, file: request.context, cacheName: basename(request.context) },
    run: async (parts) =>
      buildWithBuildpacks(
        {
          ...request,
          previous: await previousImage(context, request, options, name),
          // Builds of one name share cached layers; those of a folder without a name do likewise.
          cacheName: name === undefined ? `folder ${request.context}` : formatReference(name),
        },
        {
          ...parts,
          resolveBase: (reference, platform) =>
            findOrPull(context, parseReference(reference), { platform, pull: pullOf(options), ...registry }),
        },
        { signal: context.signal },
      ),
    async definitions(built) {
      const { buildpacksBuild } = await import('@lading/builder/provenance');
      return (image) => buildpacksBuild(request, built, image);
    },
  });
  const { buildpacks, processes, defaultProcess, reusedLayers, launcher } = result;
  const { log } = context.progress;
  log(
    `buildpacks: ${buildpacks.map(({ id, version }) => `${id} ${version}`).join(', ')}; ${reusedLayers} layers reused`,
  );
  if (launcher === 'lading')
    log('notice: the build image has no /cnb/lifecycle/launcher; a shell script takes its place');
  if (processes.length > 0)
    log(`processes: ${processes.map((type) => (type === defaultProcess ? `${type} (default)` : type)).join(', ')}`);
  return result;
}

/** The image that is asked for has to be there; the one that has the name now may be absent, or for another platform. */
async function previousImage(
  context: Context,
  { platform }: { readonly platform?: Platform | undefined },
  options: OptionValues,
  name: Reference | undefined,
): Promise<Image | undefined> {
  const asked = textOption(options, 'previousImage');
  if (asked !== undefined) return findOrPull(context, parseReference(asked), { platform, ...registryOptions(options) });
  if (name === undefined) return undefined;
  try {
    return await findOrPull(context, name, { platform, pull: 'never' });
  } catch (error) {
    if (isLadingError(error, 'REFERENCE_NOT_FOUND', 'PLATFORM_UNMATCHED', 'BLOB_NOT_FOUND', 'IMAGE_INVALID'))
      return undefined;
    throw error;
  }
}
