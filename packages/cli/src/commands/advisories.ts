import { LadingError, nearest } from '@lading/errors';
import { verbs } from '../advisories/verbs.ts';
import { type CommandModule, examples } from '../command.ts';

const names = verbs.map(({ name }) => name.slice('advisories '.length));

/** What `lading advisories` is without one of its verbs. */
export const command: CommandModule = {
  configure(command) {
    const list = verbs.map(({ summary }, index) => `  ${names[index]?.padEnd(6)}  ${summary}`).join('\n');
    command
      .usage('VERB [options] [arguments]')
      .argument('[verb]', 'what to do; each has --help of its own')
      .allowExcessArguments()
      .addHelpText(
        'after',
        `\nVerbs:\n${list}\n\n"lading scan" judges images by the database on this machine, and asks no network.\n${examples(
          ['lading advisories update', 'make it from what OSV publishes'],
          ['lading advisories pull registry.example.org/security/advisories', 'fetch what somebody made'],
        )}`,
      );
  },

  run(_context, [verb]) {
    const near = verb === undefined ? undefined : nearest(verb, names);
    const fault = verb === undefined ? 'a verb is missing' : `there is no verb ${JSON.stringify(verb)}`;
    throw new LadingError('USAGE', `Cannot run "lading advisories": ${fault}`, {
      hint: near === undefined ? `There is ${names.join(', ')}.` : `Did you mean "${near}"?`,
    });
  },
};
