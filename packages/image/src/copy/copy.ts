import type { Io } from '@lading/bytes';
import { type Descriptor, type ManifestDocument, type Platform, selectPlatform } from '@lading/oci';
import type { Repository } from '@lading/store';
import { unmatched } from '../image.ts';
import { openManifest, readManifest, type Source } from '../manifest.ts';
import type { Patience } from './back-off.ts';
import { type CopyProgress, ProgressCounter } from './copy-progress.ts';
import { type CopyCounts, CopyRun } from './copy-run.ts';
import { Pool } from './pool.ts';
import { type Visit, type WalkRoot, walk } from './walk.ts';

export interface CopyOptions extends Io {
  readonly from: Source;
  /** The tag at the target; without it the manifest can be had there by digest. */
  readonly to?: string | undefined;
  /**
   * Which images of an index:
   * - `all` (unless told): the index with everything it lists;
   * - one platform: its image alone, and `to` then points to that image's manifest;
   * - several: the index as it is, so its digest stays, with only their images and the attestations of these below it. Registries that
   *   insist on all children refuse such an index; then copy all, or write an index of your own.
   */
  readonly platforms?: 'all' | readonly Platform[] | undefined;
  /**
   * Also what refers to the copied manifests: signatures, SBOMs and whatever refers to those; and cosign's tags `sha256-….sig`, `.att` and
   * `.sbom`, which become tags of the target.
   */
  readonly referrers?: boolean | undefined;
  /** Contents that move at once; 6 unless told. */
  readonly concurrency?: number | undefined;
  /**
   * Layers at the target that may have much in common with a layer, the likeliest first: of a seekable layer, only what none of them has
   * moves.
   */
  readonly similar?: ((layer: Descriptor) => AsyncIterable<Descriptor>) | undefined;
  /**
   * Asked for each blob that the target does not have: true leaves it out. For a target that knows another way to it, and goes that when the
   * blob is read.
   */
  readonly defer?: ((blob: Descriptor) => Promise<boolean>) | undefined;
  /** With transfers that break and may go on. */
  readonly patience?: Patience | undefined;
  readonly onProgress?: ((progress: CopyProgress) => void) | undefined;
}

export interface CopyResult {
  /** What is at the target now, and what the tag points to. */
  readonly descriptor: Descriptor;
  readonly tag?: string;
  /** Contents, manifests included, by how they came to be at the target. */
  readonly contents: CopyCounts;
  /** Bytes that went from source to target. */
  readonly transferredBytes: number;
  /** Bytes that an earlier copy, which broke off, had brought to the target already. */
  readonly resumedBytes: number;
  /** Bytes that similar layers at the target had. */
  readonly reusedBytes: number;
  /** Manifests that were copied because they refer to others. */
  readonly referrers: readonly Descriptor[];
}

/**
 * The one copy: push, pull, mirror, promote and load are this, between two repositories; archives are written by its two steps, too. It
 * walks what there is to copy, which reads manifests only, then moves it.
 *
 * Each content moves once, several at a time; what the target has, or can mount, does not move. Bytes are verified, manifests are kept
 * verbatim and follow what they point to, referrers follow their subjects; the tag comes last. Copying again after a failure goes on where
 * it stopped. The index of referrers that clients keep under a tag is left out: a target keeps such a list of its own, which may name more.
 *
 * Throws REFERENCE_NOT_FOUND, PLATFORM_UNMATCHED and what is wrong with manifests before anything moves, DISK_FULL before more moves than
 * fits, INTERRUPTED, and COPY_FAILED, whose details name the `side` ('source' or 'target'), the `digest`, and in `arrived` what is at the
 * target, with the reason as its cause.
 */
export async function copy(source: Repository, target: Repository, options: CopyOptions): Promise<CopyResult> {
  const { signal, to, referrers } = options;
  const { root, platforms } = await chooseRoot(source, options);
  const run = new CopyRun(target, {
    pool: new Pool(options.concurrency ?? 6),
    progress: new ProgressCounter(options.onProgress),
    patience: options.patience,
    similar: options.similar,
    defer: options.defer,
    signal,
  });
  try {
    const levels = await walk([root], {
      platforms,
      referrers,
      explain: ({ descriptor }, cause) => run.explain('source', source, descriptor, cause),
      signal,
    });
    const visits = levels.flat().filter(({ isFirst }) => isFirst);
    const known = new Map(visits.map((visit) => [visit.descriptor.digest, visit]));
    for (const level of levels) {
      const manifests = level.filter(({ reason }) => reason !== 'child').map(({ descriptor }) => descriptor);
      await run.copyManifests(manifests, known);
      await run.tag(level.flatMap(({ tag, descriptor }) => (tag === undefined ? [] : [{ tag, descriptor }])));
    }
    const { descriptor } = root.document;
    if (to !== undefined) await run.tag([{ tag: to, descriptor }]);
    return {
      descriptor,
      ...(to === undefined ? {} : { tag: to }),
      contents: run.counts,
      transferredBytes: run.movedBytes,
      resumedBytes: run.resumedBytes,
      reusedBytes: run.reusedBytes,
      referrers: visits.filter(isReferrer).map(({ descriptor }) => descriptor),
    };
  } finally {
    await run.close();
  }
}

function isReferrer({ reason }: Visit): boolean {
  return reason === 'referrer' || reason === 'companion';
}

/** The manifest to begin with: of an index for one platform, that image. The platforms that are left are chosen on the way. */
export async function chooseRoot(
  source: Repository,
  { from, platforms = 'all', signal }: Pick<CopyOptions, 'from' | 'platforms' | 'signal'>,
): Promise<{ root: Required<WalkRoot> & { document: ManifestDocument }; platforms?: readonly Platform[] }> {
  const document = await openManifest(source, from, { signal });
  const rootOf = (chosen: ManifestDocument) => ({
    repository: source,
    descriptor: chosen.descriptor,
    document: chosen,
  });
  if (platforms === 'all' || platforms.length === 0) return { root: rootOf(document) };
  const [only, ...others] = platforms;
  if (document.kind === 'manifest' || only === undefined || others.length > 0)
    return { root: rootOf(document), platforms };
  const child = selectPlatform(document.value.manifests, only);
  if (child === undefined) throw unmatched(source, document.value, only);
  return { root: rootOf(await readManifest(source.content, child, { signal })) };
}
