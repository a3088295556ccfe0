import { join } from 'node:path';
import type { BuildRecord, StepRecord } from '@lading/builder/history';
import { type CommandModule, examples, flagOption, type Result } from '../command.ts';
import type { Context } from '../context.ts';
import { printable, printableLine } from '../printable.ts';
import { formatDuration } from '../progress.ts';
import { formatDate, shortDigest, table } from '../table.ts';

/** Lines of a log are shown a block at a time. */
const blockLines = 1000;

export const command: CommandModule = {
  configure(command) {
    command
      .argument('[build]', 'its id, or the end of it, or "last", which is meant where absent')
      .option('--log', 'what its steps wrote')
      .addHelpText(
        'after',
        `\nSteps marked * are those that the duration came from: each had to wait for the one before it.\n${examples(
          ['lading builds show', 'the last build'],
          ['lading builds show 3f9c --log', 'what the steps of that build wrote'],
        )}`,
      );
  },

  async run(context, [id], options) {
    const { buildState, criticalPath, findBuild, openHistory } = await import('@lading/builder/history');
    const history = openHistory(join(await context.homeFolder(), 'history'));
    const build = await findBuild(history, id);
    if (flagOption(options, 'log')) return writeLog(context, build, history.logPath(build.id));
    const path = criticalPath(build);
    const data = { ...build, state: buildState(build), criticalPath: path.map((step) => step.id) };
    return { data, text: textOf(build, data.state, new Set(path)) };
  },
};

function textOf(build: BuildRecord, state: string, path: ReadonlySet<StepRecord>): string {
  const facts = [
    ['build', build.id],
    ['started', formatDate(build.startedAt)],
    ['took', build.durationMs === undefined ? '-' : formatDuration(build.durationMs)],
    ['file', printableLine(build.file)],
    ...(build.target === undefined ? [] : [['target', printableLine(build.target)]]),
    ...(build.tags.length === 0 ? [] : [['names', printableLine(build.tags.join(', '))]]),
    ['result', build.digest === undefined ? state : `${state}, ${build.digest}`],
  ];
  const rows = build.steps.map((step) => [
    path.has(step) ? '*' : '',
    step.durationMs === undefined ? '-' : formatDuration(step.durationMs),
    step.state,
    step.layer === undefined ? '-' : shortDigest(step.layer),
    printableLine(step.title),
  ]);
  const waited = [...path].reduce((sum, { durationMs = 0 }) => sum + durationMs, 0);
  return [
    table(['', ''], facts).trimStart(),
    ...(rows.length === 0 ? [] : ['', table(['', 'TOOK', 'HOW', 'CONTENT', 'STEP'], rows)]),
    ...(path.size === 0 ? [] : [`\n* ${path.size} steps, ${formatDuration(waited)}: what the build waited for`]),
    ...failureLines(build),
  ].join('\n');
}

function failureLines({ error }: BuildRecord): readonly string[] {
  if (error === undefined) return [];
  const output = error.output?.trimEnd();
  return [
    '',
    `${printable(error.message)} [${error.code}]`,
    ...(output === undefined || output === '' ? [] : ['', printable(output)]),
  ];
}

async function writeLog(context: Context, build: BuildRecord, path: string): Promise<Result> {
  const { readStepLog } = await import('@lading/builder/history');
  const titles = new Map(build.steps.map(({ id, title }) => [id, title]));
  async function* lines(): AsyncGenerator<Uint8Array, void, undefined> {
    let block: string[] = [];
    let last: string | undefined;
    for await (const { step, text } of readStepLog(path)) {
      if (context.json) block.push(JSON.stringify({ step, title: titles.get(step), text }));
      else {
        if (step !== last) block.push(`# ${printableLine(titles.get(step) ?? step)}`);
        block.push(printable(text));
      }
      last = step;
      if (block.length < blockLines) continue;
      yield Buffer.from(`${block.join('\n')}\n`);
      block = [];
    }
    if (block.length > 0) yield Buffer.from(`${block.join('\n')}\n`);
  }
  await context.stream(lines());
  return { data: undefined };
}
