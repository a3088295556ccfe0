import { LadingError } from '@lading/errors';
import { type CommandModule, examples, flagOption, type OptionValues, type Result } from '../command.ts';
import type { Context } from '../context.ts';
import type { Home } from '../home.ts';
import { formatSpan } from '../housekeeping/amounts.ts';
import { type Collected, collectLocal } from '../housekeeping/collect.ts';
import { collectedRows, collectedSize, sumOf } from '../housekeeping/collected-text.ts';
import { excess, formatMark, marksOf, usedPercent } from '../housekeeping/disk.ts';
import { type Relief, relieve } from '../housekeeping/relieve.ts';
import { configureRetention, type Retention, retentionOf } from '../housekeeping/settings.ts';
import { survey } from '../housekeeping/survey.ts';
import { usageOf } from '../housekeeping/usage.ts';
import { formatBytes } from '../progress.ts';
import { table } from '../table.ts';

export const command: CommandModule = {
  configure(command) {
    command
      .option('-n, --dry-run', 'only tell what would be removed')
      .option('--all', 'also all build cache and all snapshots that nothing runs on')
      .option('--if-needed', 'only when the disk is above LADING_DISK_HIGH, and no more than to LADING_DISK_LOW')
      .option('--force', 'with --if-needed: at last also what could still be undone');
    configureRetention(command);
    command.option('--grace <duration>', 'leave alone what is younger (1h); less than 15m only when nothing else runs');
    command.addHelpText(
      'after',
      `\nKept are images that have a name, with everything that refers to them; what names pointed to within the undo window; and the build
cache within its limits. LADING_DISK_HIGH and _LOW are a share that is used, such as 90% (usual: 90%, 80%), or what has to stay free, such
as 20GB.\n${examples(
        ['lading gc', 'remove what nothing needs any more'],
        ['lading gc --dry-run', 'only tell what that would be'],
        ['lading gc --undo-window 0', 'what was removed a moment ago, too'],
        ['lading gc --all', 'everything that can be made again'],
        ['lading gc --if-needed --json', 'from a timer, on a machine that nobody watches'],
      )}`,
    );
  },

  async run(context, _args, options) {
    const home = await context.home();
    const retention = await retentionOf(home.folder, options, process.env);
    if (flagOption(options, 'ifNeeded')) return collectIfNeeded(context, home, retention, options);
    if (flagOption(options, 'force')) {
      throw new LadingError('USAGE', 'Cannot use --force without --if-needed', {
        hint: '"lading gc --undo-window 0" removes what could still be undone.',
      });
    }
    const all = flagOption(options, 'all');
    const dryRun = flagOption(options, 'dryRun');
    const collected = await collectLocal(home, all ? { ...retention, cacheMaxSize: 0 } : retention, {
      ...watching(context),
      dryRun,
      unusedSnapshots: all,
    });
    const more = await remaining(context, home, retention, dryRun ? collected : undefined);
    return {
      data: { dryRun, removed: collected, size: collectedSize([collected]), more },
      text: [removedText(collected, dryRun), ...moreText(more, retention)].join('\n'),
    };
  },
};

async function collectIfNeeded(
  context: Context,
  home: Home,
  retention: Retention,
  options: OptionValues,
): Promise<Result> {
  if (flagOption(options, 'dryRun') || flagOption(options, 'all')) {
    throw new LadingError(
      'USAGE',
      'Cannot use --if-needed with --dry-run or --all: how much it removes depends on the disk',
      {
        hint: 'Run it without --if-needed to see or remove everything.',
      },
    );
  }
  const marks = marksOf(process.env);
  const force = flagOption(options, 'force');
  const relief = await relieve(home, retention, { ...watching(context), marks, force });
  const { needed, after, collected } = relief;
  const removed = sumOf(collected);
  const reached = excess(after, marks.low) === 0;
  return {
    data: { needed, reached, removed, size: collectedSize(collected), disk: { before: relief.before, after } },
    text: reliefText(relief, removed, reached, force, formatMark(needed ? marks.low : marks.high)),
  };
}

function watching(context: Context): { signal: AbortSignal; onProgress: (bytes: number) => void } {
  return {
    signal: context.signal,
    onProgress: (bytes) => context.progress.update('gc', 'removed', bytes),
  };
}

function removedText(collected: Collected, dryRun: boolean): string {
  const rows = collectedRows(collected);
  if (rows.length === 0) return 'nothing to remove';
  const size = formatBytes(collectedSize([collected]));
  return table([dryRun ? 'WOULD BE REMOVED' : 'REMOVED', 'COUNT', 'SIZE'], [...rows, ['all', '', size]]);
}

function reliefText(
  { needed, before, after }: Relief,
  removed: Collected,
  reached: boolean,
  force: boolean,
  mark: string,
): string {
  const disk = `${usedPercent(after)}% used, ${formatBytes(after.free)} free`;
  if (!needed) return `not needed: the disk is below ${mark} (${disk})`;
  const line = `the disk was ${usedPercent(before)}% used and is now ${disk}; wanted: ${mark}`;
  const hint = force
    ? 'images with a name are in the way: "lading df"'
    : '--force also removes what could still be undone';
  return [removedText(removed, false), line, ...(reached ? [] : [hint])].join('\n');
}

/** Bytes that other options would free, by what they are. */
interface Remaining {
  readonly undo: number;
  readonly cache: number;
  readonly snapshots: number;
}

async function remaining(
  context: Context,
  home: Home,
  retention: Retention,
  planned: Collected | undefined,
): Promise<Remaining> {
  const { content, snapshots } = usageOf(await survey(home, retention, context.signal));
  return {
    undo: content.undo.size,
    cache: content.cache.size - (planned?.cache.size ?? 0),
    snapshots: snapshots.size - (planned?.snapshots.size ?? 0),
  };
}

function moreText({ undo, cache, snapshots }: Remaining, { undoMs }: Retention): string[] {
  return [
    ...(undo > 0 ? [`${formatBytes(undo)} can be undone for ${formatSpan(undoMs)}: lading gc --undo-window 0`] : []),
    ...(cache + snapshots > 0
      ? [`${formatBytes(cache + snapshots)} of build cache and snapshots: lading gc --all`]
      : []),
  ];
}
