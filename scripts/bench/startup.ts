import { findProgram } from '@lading/testkit';
import { measureProcess, type ProcessCost } from './measured-process.ts';
import { inRounds } from './rounds.ts';
import type { Section } from './section.ts';
import { advantage, summarize } from './statistics.ts';
import { formatMegabytes, formatRatio, formatSummary, formatTable } from './table.ts';

export interface StartupOptions {
  readonly lading: string;
  readonly folder: string;
  readonly rounds: number;
}

const goalMs = 80;

/** How long `lading --help` takes beside a Node that does nothing. */
export async function measureStartup({ lading, folder, rounds }: StartupOptions): Promise<Section> {
  const skopeo = findProgram('skopeo');
  const commands: [string, ...string[]][] = [
    [lading, '--help'],
    [lading, 'push', '--help'],
    [process.execPath, '-e', '0'],
    ...(skopeo === undefined ? [] : [[skopeo, '--help'] as [string, ...string[]]]),
  ];
  const contenders = commands.map((command) => ({
    name: command.map((word) => word.slice(word.lastIndexOf('/') + 1)).join(' '),
    measure: (): Promise<ProcessCost> => measureProcess(command, { folder }),
  }));
  for (const { measure } of contenders) for (let run = 0; run < 2; run++) await measure(); // fills the compile cache
  const samples = await inRounds(rounds, contenders);
  const walls = contenders.map(({ name }) => summarize((samples.get(name) ?? []).map(({ wallMs }) => wallMs)));
  const bare = walls[2];
  const data = contenders.map(({ name }, at) => {
    const peaks = (samples.get(name) ?? []).flatMap(({ peakBytes }) => peakBytes ?? []);
    const wallMs = walls[at] ?? summarize([Number.NaN]);
    const slower = bare === undefined ? Number.NaN : 1 / advantage(wallMs, bare, 'less');
    return { command: name, wallMs, peakBytes: peaks.length === 0 ? undefined : Math.max(...peaks), slower };
  });
  const table = formatTable([
    ['command', 'wall ms', 'peak MB', 'takes, of node -e 0'],
    ...data.map(({ command, wallMs, peakBytes, slower }) => [
      command,
      formatSummary(wallMs, 0),
      formatMegabytes(peakBytes),
      formatRatio(slower),
    ]),
  ]);
  const own = walls[0]?.median ?? Number.NaN;
  const verdict = own <= goalMs ? 'met' : 'missed';
  const text = `Start-up on a warm cache: median of ${rounds} (min–max)\n${table}\n  Goal: lading --help in ${goalMs} ms: ${verdict}.`;
  return { name: 'startup', data, text };
}
