import { LadingError } from '@lading/errors';
import type { CopyOptions, CopyResult } from '@lading/image';
import { hexOf, hostPlatform, isIndexType, parsePlatform } from '@lading/oci';
import type { Repository } from '@lading/store';
import type { Command } from 'commander';
import { collectValues, flagOption, listOption, type OptionValues } from './command.ts';
import type { Context } from './context.ts';
import type { OpenSource } from './locations.ts';
import { formatBytes, formatDuration } from './progress.ts';

export type Platforms = NonNullable<CopyOptions['platforms']>;

/** What `--json` shows of a copy. */
export interface TransferCounts {
  /** Contents, manifests included, by how they came to be at the target. */
  readonly copied: number;
  readonly mounted: number;
  readonly present: number;
  readonly skipped: number;
  /** Bytes that moved. */
  readonly bytes: number;
  /** Bytes that similar layers on this machine had. */
  readonly reused: number;
  /** Bytes that an earlier attempt had brought. */
  readonly resumed: number;
  readonly referrers: number;
}

export interface Transfer {
  readonly result: CopyResult;
  readonly counts: TransferCounts;
}

/** Declares `--platform`, `--all-platforms` and `--referrers`. */
export function configureTransfer(command: Command, usual: string): void {
  command
    .option(
      '--platform <platform>',
      `only this, as in linux/arm64; repeat for several (${usual} unless told)`,
      collectValues,
    )
    .option('--all-platforms', 'the whole index')
    .option('--referrers', 'also signatures, SBOMs and what else refers to the image');
}

/** The platforms that were asked for; undefined when none was. Throws USAGE, PLATFORM_INVALID. */
export function wantedPlatforms(options: OptionValues): Platforms | undefined {
  const written = listOption(options, 'platform').flatMap((value) => value.split(','));
  const all = flagOption(options, 'allPlatforms');
  if (all && written.length > 0) {
    throw new LadingError(
      'USAGE',
      'Cannot take all platforms and only some: --all-platforms and --platform exclude each other',
      {
        hint: 'Leave one of them out.',
      },
    );
  }
  if (all) return 'all';
  return written.length === 0 ? undefined : written.map((value) => parsePlatform(value));
}

/** The machine's own platform of an index; anything else as it is. */
export function ownPlatform(source: OpenSource): Platforms {
  return isIndexType(source.descriptor.mediaType) ? [hostPlatform()] : 'all';
}

/** THE copy, with a task for each content that moves and a last line that says what happened. */
export async function transfer(
  context: Context,
  source: OpenSource,
  target: Repository,
  options: {
    readonly to?: string | undefined;
    readonly platforms: Platforms;
    readonly referrers?: boolean;
    readonly similar?: CopyOptions['similar'];
    readonly defer?: CopyOptions['defer'];
    /** What the last line says was done, such as `pulled alpine`; without it there is none. */
    readonly done?: string;
  },
): Promise<Transfer> {
  const { copy } = await import('@lading/image');
  const { progress } = context;
  const started = performance.now();
  const result = await copy(source.repository, target, {
    from: source.descriptor,
    to: options.to,
    platforms: options.platforms,
    referrers: options.referrers === true,
    similar: options.similar,
    defer: options.defer,
    signal: context.signal,
    onProgress: ({ kind, digest, state, offset, size }) => {
      if (state === 'waiting' || state === 'copying') {
        progress.update(digest, `${kind} ${hexOf(digest).slice(0, 12)}`, offset, size);
      } else progress.finish(digest);
    },
  });
  progress.end();
  const counts = countsOf(result);
  if (options.done !== undefined) progress.log(`${options.done}: ${summary(counts, performance.now() - started)}`);
  return { result, counts };
}

function countsOf(result: CopyResult): TransferCounts {
  const { contents, transferredBytes: bytes, reusedBytes: reused, resumedBytes: resumed, referrers } = result;
  return { ...contents, bytes, reused, resumed, referrers: referrers.length };
}

/** `5 blobs, 61 MB in 2.1 s, 3 were there already`. */
function summary(
  { copied, mounted, present, skipped, bytes, reused, resumed }: TransferCounts,
  durationMs: number,
): string {
  const parts = [
    copied > 0 ? `${countOf(copied)}, ${formatBytes(bytes)} in ${formatDuration(durationMs)}` : '',
    reused > 0 ? `${formatBytes(reused)} taken from layers that are here` : '',
    resumed > 0 ? `${formatBytes(resumed)} had arrived before` : '',
    mounted > 0 ? `${countOf(mounted)} mounted` : '',
    present > 0 ? (copied + mounted > 0 ? `${present} there already` : 'everything was there already') : '',
    skipped > 0 ? `${skipped} left out that may not be redistributed` : '',
  ];
  return parts.filter((part) => part !== '').join(', ');
}

function countOf(contents: number): string {
  return contents === 1 ? '1 blob' : `${contents} blobs`;
}
