import { join } from 'node:path';
import type { StepRecord } from '@lading/builder/history';
import { LadingError } from '@lading/errors';
import { explanationLines, shortId } from '../build/explanation-text.ts';
import { type CommandModule, examples } from '../command.ts';
import { printableLine } from '../printable.ts';

export const command: CommandModule = {
  configure(command) {
    command
      .argument('[build]', 'its id, or the end of it, or "last", which is meant where absent')
      .argument('[step]', 'a line of the Dockerfile, or part of a step; all steps where absent')
      .addHelpText(
        'after',
        examples(
          ['lading explain', 'of the last build: why each step ran, or where its result came from'],
          ['lading explain last 12', 'the step in line 12 of the Dockerfile, in the last build'],
          ['lading explain 3f9c "npm ci"', 'the steps with that text'],
        ),
      );
  },

  async run(context, [id, wanted]) {
    const { findBuild, openHistory } = await import('@lading/builder/history');
    const build = await findBuild(openHistory(join(await context.homeFolder(), 'history')), id);
    const steps = wanted === undefined ? build.steps : build.steps.filter((step) => isMeant(step, wanted));
    if (wanted !== undefined && steps.length === 0) {
      throw new LadingError('BUILD_NOT_FOUND', `Cannot find a step ${wanted} in build ${shortId(build.id)}`, {
        hint: `Run "lading builds show ${shortId(build.id)}" to see its steps.`,
      });
    }
    return {
      data: {
        build: build.id,
        steps: steps.map(({ id: step, title, line, state, key, explanation }) => ({
          ...{ step, title, line, state, key, explanation },
        })),
      },
      text: steps.map(textOf).join('\n'),
    };
  },
};

function isMeant({ title, line, id }: StepRecord, wanted: string): boolean {
  return String(line) === wanted || id === wanted || title.includes(wanted);
}

/** Of steps that looked into no cache. */
const withoutKey: Readonly<Record<StepRecord['state'], string>> = {
  running: 'it did not come so far',
  failed: 'it did not come so far',
  done: 'runs: it is done in every build',
  cached: 'all that it needs was here',
};

function textOf({ title, line, explanation, state }: StepRecord): string {
  const head = line === undefined ? printableLine(title) : `${line}: ${printableLine(title)}`;
  const lines = explanation === undefined ? [withoutKey[state]] : explanationLines(explanation);
  return [head, ...lines.map((text) => `  ${text}`)].join('\n');
}
