import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Io } from '@lading/bytes';
import { type Image, openImage } from '@lading/image';
import { type Digest, formatPlatform, formatReference, isDigest, type Platform, parseReference } from '@lading/oci';
import { dependencyOf } from '../provenance/dockerfile-build.ts';
import type { Provenance, ResourceDescriptor } from '../provenance/statement.ts';
import type { BuildEnvironment, BuildResult } from '../request.ts';
import { type ImageDifference, imageDifferences } from './image-difference.ts';
import type { RebuildInputs } from './rebuild-inputs.ts';
import { kindOf } from './recorded-places.ts';
import { recordedRequest } from './recorded-request.ts';

export interface RebuildRequest extends RebuildInputs {
  /** With its layers readable where it lies. */
  readonly image: Image;
  readonly provenance: Provenance;
}

export interface Rebuilt {
  readonly equal: boolean;
  readonly digest: Digest;
  /** Recorded in the output, not tagged. */
  readonly rebuilt: Digest;
  /** Empty when they are equal. */
  readonly differences: readonly ImageDifference[];
}

/**
 * Builds an image again from what is recorded of it, with every step run again and nothing taken from the cache of earlier builds, and compares.
 * Base images are asked for by digest. Throws as `recordedRequest()` and `build()` do; what differs is returned.
 */
export async function rebuildImage(
  request: RebuildRequest,
  environment: BuildEnvironment,
  io: Io = {},
): Promise<Rebuilt> {
  const { image, provenance, ...inputs } = request;
  const { resolvedDependencies: dependencies } = provenance.buildDefinition;
  const recorded = recordedRequest(provenance, inputs);
  const { build } = await import('../build.ts');
  const cacheFolder = join(environment.cacheFolder, `rebuild-${randomUUID()}`);
  let result: BuildResult;
  try {
    const resolveBase: BuildEnvironment['resolveBase'] = (name, platform, rest) =>
      environment.resolveBase(pinnedName(name, platform, dependencies), platform, rest);
    result = await build(recorded, { ...environment, cacheFolder, resolveBase }, io);
  } finally {
    await rm(cacheFolder, { recursive: true, force: true });
  }
  const { digest } = image.descriptor;
  const { digest: rebuilt } = result.manifest;
  if (digest === rebuilt) return { equal: true, digest, rebuilt, differences: [] };
  const after = await openImage(environment.output, rebuilt, { platform: image.platform, ...io });
  const steps = result.images.flatMap((one) => one.steps);
  const differences = [
    ...materialDifferences(dependencies, result.materials.map(dependencyOf)),
    ...(await imageDifferences(image, after, steps, io)),
  ];
  return { equal: false, digest, rebuilt, differences };
}

/** By the digest that the name stood for when the image was built. */
function pinnedName(name: string, platform: Platform, dependencies: readonly ResourceDescriptor[]): string {
  const { digest: _digest, ...reference } = parseReference(name);
  const wanted = formatReference(reference);
  const found = dependencies.find((one) => {
    if (kindOf(one) !== 'image' || one.annotations?.platform !== formatPlatform(platform)) return false;
    const { digest: _own, ...its } = parseReference(one.name ?? '');
    return formatReference(its) === wanted;
  });
  const digest = `sha256:${found?.digest?.sha256}`;
  return isDigest(digest) ? formatReference({ ...reference, digest }) : name;
}

/** What both took in, and not alike. What one of them did not need says nothing. */
function materialDifferences(
  before: readonly ResourceDescriptor[],
  after: readonly ResourceDescriptor[],
): ImageDifference[] {
  return before.flatMap((old): ImageDifference[] => {
    const now = after.find(
      (one) =>
        one.name === old.name && kindOf(one) === kindOf(old) && one.annotations?.platform === old.annotations?.platform,
    );
    const [was, is] = [digestText(old), now && digestText(now)];
    const isTold = was !== is && (now !== undefined || kindOf(old) === 'context');
    return isTold ? [{ kind: 'material', name: old.name ?? '', before: was, after: is }] : [];
  });
}

function digestText({ digest = {} }: ResourceDescriptor): string {
  return Object.entries(digest)
    .map(([algorithm, value]) => `${algorithm}:${value}`)
    .join(' ');
}
