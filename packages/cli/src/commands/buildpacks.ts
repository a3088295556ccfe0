import { LadingError, nearest } from '@lading/errors';
import { verbs } from '../buildpacks/verbs.ts';
import { type CommandModule, examples } from '../command.ts';

const names = verbs.map(({ name }) => name.slice('buildpacks '.length));

/** What `lading buildpacks` is without one of its verbs. */
export const command: CommandModule = {
  configure(command) {
    const list = verbs.map(({ summary }, index) => `  ${names[index]?.padEnd(8)}  ${summary}`).join('\n');
    command
      .usage('VERB [options] [arguments]')
      .argument('[verb]', 'what to do; each has --help of its own')
      .allowExcessArguments()
      .addHelpText(
        'after',
        `\nVerbs:\n${list}\n\nTo build with buildpacks, use "lading build --build-image".\n${examples(
          ['lading buildpacks inspect app', 'its processes, buildpacks and run image'],
          ['lading buildpacks rebase app --pull', 'after its run image was updated'],
        )}`,
      );
  },

  run(_context, [verb]) {
    const near = verb === undefined ? undefined : nearest(verb, names);
    const fault = verb === undefined ? 'a verb is missing' : `there is no verb ${JSON.stringify(verb)}`;
    throw new LadingError('USAGE', `Cannot run "lading buildpacks": ${fault}`, {
      hint: near === undefined ? `There is ${names.join(', ')}.` : `Did you mean "${near}"?`,
    });
  },
};
