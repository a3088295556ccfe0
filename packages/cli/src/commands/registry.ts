import { LadingError, nearest } from '@lading/errors';
import { type CommandModule, examples } from '../command.ts';
import { verbs } from '../registry/verbs.ts';

const names = verbs.map(({ name }) => name.slice('registry '.length));

/** What `lading registry` is without one of its verbs. */
export const command: CommandModule = {
  configure(command) {
    const width = Math.max(...names.map((name) => name.length));
    const list = verbs.map(({ summary }, index) => `  ${names[index]?.padEnd(width)}  ${summary}`).join('\n');
    command
      .usage('VERB [options] [arguments]')
      .argument('[verb]', 'what to do; each has --help of its own')
      .allowExcessArguments()
      .addHelpText(
        'after',
        `\nVerbs:\n${list}\n\nThe registry is the one that --registry names, else LADING_REGISTRY, else localhost:5000; the credentials are those of "lading login".\n${examples(
          ['lading registry repositories', 'of the registry on this machine'],
          ['lading registry tags team/app --registry registry.example.org', 'of another one'],
        )}`,
      );
  },

  run(_context, [verb]) {
    const near = verb === undefined ? undefined : nearest(verb, names);
    const list = 'Run "lading registry --help" for the list of verbs.';
    const fault = verb === undefined ? 'a verb is missing' : `there is no verb ${JSON.stringify(verb)}`;
    throw new LadingError('USAGE', `Cannot run "lading registry": ${fault}`, {
      hint: near === undefined ? list : `Did you mean "${near}"? ${list}`,
    });
  },
};
