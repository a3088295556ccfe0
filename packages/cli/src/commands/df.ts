import { type CommandModule, examples, flagOption, type Result } from '../command.ts';
import { formatSpan } from '../housekeeping/amounts.ts';
import { type Disk, excess, formatMark, type Marks, marksOf, readDisk, usedPercent } from '../housekeeping/disk.ts';
import { configureRetention, type Retention, retentionOf } from '../housekeeping/settings.ts';
import { survey } from '../housekeeping/survey.ts';
import { type ImageUsage, type Usage, usageOf } from '../housekeeping/usage.ts';
import { formatBytes } from '../progress.ts';
import { shortDigest, table } from '../table.ts';

const barWidth = 30;

export const command: CommandModule = {
  configure(command) {
    command.option('--no-trunc', 'whole digests').option('--totals', 'no line for each image');
    configureRetention(command);
    command.addHelpText(
      'after',
      `\nUNIQUE is what no other image has, in the bar █; SHARED is what others have too, in the bar ░. Layers that the build cache also knows
become build cache when the last image that has them goes.\n${examples(
        ['lading df', 'what takes room on this machine, and why'],
        ['lading df --totals', 'only the sums'],
        ['lading df --json | jq ".images[] | select(.uniqueSize > 1e9)"', 'for scripts'],
      )}`,
    );
  },

  async run(context, _args, options) {
    const home = await context.home();
    const retention = await retentionOf(home.folder, options, process.env);
    const marks = marksOf(process.env);
    const [usage, disk] = await Promise.all([
      survey(home, retention, context.signal).then(usageOf),
      readDisk(home.folder),
    ]);
    const totals = flagOption(options, 'totals');
    return {
      data: dataOf(usage, disk, marks),
      text: [
        ...(totals || usage.images.length === 0 ? [] : [imageTable(usage.images, options.trunc === false), '']),
        totalTable(usage, retention),
        '',
        diskText(disk, marks),
      ].join('\n'),
    };
  },
};

function dataOf({ images, content, snapshots, partial }: Usage, disk: Disk, marks: Marks): Result['data'] {
  return {
    images,
    totals: { ...content, snapshots, partial },
    disk: {
      ...disk,
      high: marks.high,
      low: marks.low,
      isAboveHigh: excess(disk, marks.high) > 0,
    },
  };
}

function imageTable(images: readonly ImageUsage[], whole: boolean): string {
  const largest = Math.max(1, ...images.map(({ size }) => size));
  return table(
    ['IMAGE', 'DIGEST', 'TOTAL', 'UNIQUE', 'SHARED', ''],
    images.map(({ names, digest, size, uniqueSize, sharedSize }) => [
      whole ? names.join(', ') : shortName(names),
      whole ? digest : shortDigest(digest),
      formatBytes(size),
      formatBytes(uniqueSize),
      formatBytes(sharedSize),
      bar(uniqueSize, sharedSize, largest),
    ]),
  );
}

/** What only this image has, then what it shares, on the scale of the largest. */
function bar(unique: number, shared: number, largest: number): string {
  const cells = Math.max(1, Math.round(((unique + shared) / largest) * barWidth));
  const own = unique + shared === 0 ? 0 : Math.round((unique / (unique + shared)) * cells);
  return '█'.repeat(own) + '░'.repeat(cells - own);
}

function shortName(names: readonly string[]): string {
  const [first = '', ...others] = names.map((name) => name.replace(/@(\w+:\w{12})\w+$/, '@$1'));
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}

function totalTable({ content, snapshots, partial }: Usage, { undoMs }: Retention): string {
  const rows = [
    ['images', content.images],
    [`can be undone (${formatSpan(undoMs)})`, content.undo],
    ['build cache', content.cache],
    ['snapshots', snapshots],
    ['partial transfers', partial],
    ['needed by nothing', content.nothing],
  ] as const;
  return table(
    ['WHAT', 'COUNT', 'SIZE'],
    rows.map(([name, { count, size }]) => [name, String(count), formatBytes(size)]),
  );
}

function diskText(disk: Disk, { high, low }: Marks): string {
  const state = `disk: ${usedPercent(disk)}% used, ${formatBytes(disk.free)} of ${formatBytes(disk.total)} free`;
  return excess(disk, high) > 0
    ? `${state}: more than ${formatMark(high)}; "lading gc --if-needed" brings it to ${formatMark(low)}`
    : `${state}; collected automatically from ${formatMark(high)} to ${formatMark(low)}`;
}
