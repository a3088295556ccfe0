import { isBuildpacksImage, planReasons, planRebase, rebaseBuildpacksImage, rebaseImage } from '@lading/builder';
import { attachProvenance, rebaseBuild } from '@lading/builder/provenance';
import type { Image } from '@lading/image';
import { type Descriptor, type Digest, formatPlatform, parseReference } from '@lading/oci';
import type { Repository } from '@lading/store';
import type { Context } from '../context.ts';
import { findOrPull } from '../local-image.ts';
import type { RegistryOptions } from '../open-registry.ts';
import { version } from '../version.ts';
import { findBase } from './find-base.ts';

export interface RebaseOneOptions {
  readonly imageName: string;
  readonly onto: string;
  readonly base: string | undefined;
  readonly force: boolean;
  readonly dryRun: boolean;
  /** Whether the registry is asked for the new base even when it is here. */
  readonly pull: boolean;
  readonly registry: RegistryOptions;
}

/** What became of the image of one platform, or would. */
export interface RebasedOne {
  readonly platform: string;
  readonly previous: Digest;
  /** Absent when nothing was written. */
  readonly manifest?: Descriptor | undefined;
  readonly safe: boolean;
  readonly reasons: readonly string[];
}

/** Rebases the image of one platform, by the rules of whatever built it. Throws REBASE_REFUSED. */
export async function rebaseOne(
  context: Context,
  repository: Repository,
  image: Image,
  options: RebaseOneOptions,
): Promise<RebasedOne> {
  const { signal } = context;
  const { force, dryRun, registry, imageName } = options;
  const onto = await findOrPull(context, parseReference(options.onto), {
    platform: image.platform,
    pull: options.pull ? 'always' : 'missing',
    lazy: true,
    ...registry,
  });
  const told = { platform: formatPlatform(image.platform), previous: image.descriptor.digest };
  if (isBuildpacksImage(image)) {
    if (dryRun) return { ...told, safe: true, reasons: ['the labels of buildpacks decide; only a run asks them'] };
    const request = { image, runImage: onto, runImageName: options.onto, force };
    return { ...told, manifest: await rebaseBuildpacksImage(repository, request, { signal }), safe: true, reasons: [] };
  }
  const base = await findBase(context, repository, image, { base: options.base, ...registry });
  const request = { image, base: base.image, onto, linksHold: base.linksHold, force };
  if (dryRun) {
    const plan = await planRebase({ ...request, force: false }, { signal });
    return { ...told, safe: plan.safe, reasons: planReasons(plan) };
  }
  const { manifest, plan } = await rebaseImage(repository, { ...request, ontoName: options.onto }, { signal });
  const definition = rebaseBuild(
    { name: imageName, image },
    base,
    { name: options.onto, image: onto },
    { force, linksHold: base.linksHold },
  );
  const rebased = { manifest, platform: image.platform, config: image.manifest.config.digest, layers: [], steps: [] };
  await attachProvenance(
    repository,
    { manifest, images: [rebased] },
    { mode: 'min', layout: 'referrer', version: { lading: version }, definitionOf: () => definition, signal },
  );
  return { ...told, manifest, safe: plan.safe, reasons: planReasons(plan) };
}
