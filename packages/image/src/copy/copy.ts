import type { Io } from '@lading/bytes';
import { LadingError } from '@lading/errors';
import {
  type Descriptor,
  type Digest,
  formatPlatform,
  isConfigType,
  type ManifestDocument,
  matchPlatform,
  type Platform,
  selectPlatform,
} from '@lading/oci';
import type { Repository } from '@lading/store';
import { imageOf, unmatched } from '../image.ts';
import { openManifest, readManifest, type Source } from '../manifest.ts';
import type { Patience } from './back-off.ts';
import { type CopyProgress, ProgressCounter } from './copy-progress.ts';
import { copyReferrers } from './copy-referrers.ts';
import { type CopyCounts, CopyRun } from './copy-run.ts';
import { Pool } from './pool.ts';

export interface CopyOptions extends Io {
  readonly from: Source;
  /** The tag at the target; without it the manifest can be had there by digest. */
  readonly to?: string | undefined;
  /**
   * Which images of an index:
   * - `all` (unless told): the index with everything it lists;
   * - one platform: its image alone, and `to` then points to that image's manifest;
   * - several: the index as it is, so its digest stays, with only their images below it. Registries that insist on all children refuse
   *   such an index; then copy all, or write an index of your own.
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
 * The one copy: push, pull, mirror, promote, save and load are this, between two repositories.
 *
 * Each content moves once, several at a time; what the target has, or can mount, does not move. Bytes are verified, manifests are kept
 * verbatim and follow what they point to; the tag comes last. Copying again after a failure goes on where it stopped.
 *
 * Throws REFERENCE_NOT_FOUND and PLATFORM_UNMATCHED before anything moves, DISK_FULL before more moves than fits,
 * INTERRUPTED, and COPY_FAILED, whose details name the `side` ('source' or 'target'), the `digest`, and in `arrived` what is at the target,
 * with the reason as its cause.
 */
export async function copy(source: Repository, target: Repository, options: CopyOptions): Promise<CopyResult> {
  const { signal, to } = options;
  const { document, chosen } = await choose(source, await openManifest(source, options.from, { signal }), options);
  const run = new CopyRun(source, target, {
    pool: new Pool(options.concurrency ?? 6),
    progress: new ProgressCounter(options.onProgress),
    patience: options.patience,
    similar: options.similar,
    signal,
  });
  try {
    const { descriptor } = document;
    await run.copyManifest(descriptor, document, chosen);
    const referrers = options.referrers === true ? await copyReferrers(run, source, target) : [];
    if (to !== undefined)
      await run.step('target', descriptor, (io) => target.references.tag(to, descriptor, { signal: io }));
    return {
      descriptor,
      ...(to === undefined ? {} : { tag: to }),
      contents: run.counts,
      transferredBytes: run.movedBytes,
      resumedBytes: run.resumedBytes,
      reusedBytes: run.reusedBytes,
      referrers,
    };
  } finally {
    await run.close();
  }
}

/** The manifest to copy, and of an index, unless it is copied whole, the children. */
export async function choose(
  source: Repository,
  document: ManifestDocument,
  { platforms = 'all', signal }: Pick<CopyOptions, 'platforms' | 'signal'>,
): Promise<{ document: ManifestDocument; chosen?: ReadonlySet<Digest> }> {
  if (platforms === 'all' || platforms.length === 0) return { document };
  if (document.kind === 'manifest') {
    await assertPlatform(source, document, platforms, { signal });
    return { document };
  }
  const { manifests } = document.value;
  const chosen = platforms.map((platform) => {
    const found = selectPlatform(manifests, platform);
    if (found === undefined) throw unmatched(source, document.value, platform);
    return found;
  });
  const [only, ...others] = chosen;
  if (only !== undefined && others.length === 0)
    return { document: await readManifest(source.content, only, { signal }) };
  return { document, chosen: new Set(chosen.map((child) => child.digest)) };
}

async function assertPlatform(
  source: Repository,
  document: Extract<ManifestDocument, { kind: 'manifest' }>,
  platforms: readonly Platform[],
  io: Io,
): Promise<void> {
  if (!isConfigType(document.value.config.mediaType)) return;
  const { platform } = await imageOf(source, document, io);
  if (platforms.some((wanted) => matchPlatform(wanted, platform))) return;
  throw new LadingError(
    'PLATFORM_UNMATCHED',
    `Cannot copy ${document.descriptor.digest} for ${platforms.map(formatPlatform).join(', ')}: it is for ${formatPlatform(platform)}`,
    { hint: 'Leave the platform out to take the image as it is.' },
  );
}
