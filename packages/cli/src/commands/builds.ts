import { join } from 'node:path';
import type { BuildRecord } from '@lading/builder/history';
import { LadingError } from '@lading/errors';
import { shortId } from '../build/explanation-text.ts';
import { type CommandModule, examples, textOption } from '../command.ts';
import { printableLine } from '../printable.ts';
import { formatDuration } from '../progress.ts';
import { formatDate, table } from '../table.ts';

export const command: CommandModule = {
  configure(command) {
    command
      .option('-n, --limit <number>', 'the latest so many', '20')
      .addHelpText(
        'after',
        examples(
          ['lading builds', 'what was built here, the latest first'],
          ['lading builds show', 'the last build: its steps, their times, and what it waited for'],
          ['lading builds show 3f9c --log', 'what its steps wrote'],
          ['lading explain 3f9c', 'why its steps ran, or did not'],
        ),
      );
  },

  async run(context, _args, options) {
    const { buildState, openHistory } = await import('@lading/builder/history');
    const history = openHistory(join(await context.homeFolder(), 'history'));
    const ids = (await history.ids()).slice(0, limitOf(textOption(options, 'limit') ?? ''));
    const builds = (await Promise.all(ids.map((id) => history.read(id)))).filter((build) => build !== undefined);
    const listed = builds.map((build) => ({ ...build, state: buildState(build), ...countsOf(build) }));
    const rows = listed.map(({ id, startedAt, durationMs, state, tags, file, cached, ran }) => [
      shortId(id),
      formatDate(startedAt),
      durationMs === undefined ? '-' : formatDuration(durationMs),
      `${cached} of ${cached + ran}`,
      state,
      printableLine(tags.length > 0 ? tags.join(', ') : file),
    ]);
    return {
      data: listed.map(({ steps: _steps, stages: _stages, ...build }) => build),
      text: rows.length === 0 ? '' : table(['BUILD', 'STARTED', 'TOOK', 'CACHED', 'RESULT', 'WHAT'], rows),
    };
  },
};

/** How many steps came from a cache, and how many did not. */
function countsOf({ steps }: BuildRecord): { readonly cached: number; readonly ran: number } {
  const cached = steps.filter(({ state }) => state === 'cached').length;
  return { cached, ran: steps.length - cached };
}

function limitOf(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new LadingError('USAGE', `Cannot use --limit ${text}: it is a number from 1 up`);
}
