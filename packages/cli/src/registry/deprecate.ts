import { LadingError } from '@lading/errors';
import { type CommandModule, examples, flagOption, textOption } from '../command.ts';
import { component, configureRegistryApi, withRegistryApi } from '../registry-api.ts';
import { formatDate, table } from '../table.ts';
import { parseRegistryReference } from './reference-text.ts';

interface Deprecation {
  readonly repository: string;
  readonly reference?: string;
  readonly after: string;
  readonly message: string;
}

export const command: CommandModule = {
  configure(command) {
    command
      .argument('[reference]', 'team/app, team/app:1.4 or team/app@sha256:…; without one, what is deprecated is listed')
      .option('--after <date>', 'pulls are warned before, and refused from then on: 2027-01-31')
      .option('--message <text>', 'told with it, such as what to use instead')
      .option('--lift', 'take it back');
    configureRegistryApi(command);
    command.addHelpText(
      'after',
      examples(
        ['lading registry deprecate team/app:1 --after 2027-01-31 --message "use 2"', 'warn now, refuse then'],
        ['lading registry deprecate team/app:1 --lift', 'take it back'],
      ),
    );
  },

  run: (context, [text], options) =>
    withRegistryApi(context, options, async (api) => {
      if (text === undefined) {
        const { items } = await api.get<{ items: readonly Deprecation[] }>('/deprecations', 'list what is deprecated');
        const rows = items.map(({ repository, reference, after, message }) => [
          `${repository}${reference === undefined ? '' : reference.includes(':') ? `@${reference}` : `:${reference}`}`,
          formatDate(after),
          message,
        ]);
        return { data: items, text: table(['WHAT', 'REFUSED FROM', 'MESSAGE'], rows) };
      }
      const what = parseRegistryReference(text, 'deprecate');
      if (flagOption(options, 'lift')) {
        const query = `repository=${component(what.repository)}${what.reference === undefined ? '' : `&reference=${component(what.reference)}`}`;
        await api.send('DELETE', `/deprecations?${query}`, `take back the deprecation of ${text}`);
        return { data: { ...what, deprecated: false }, text: `${text} is not deprecated` };
      }
      const after = new Date(textOption(options, 'after') ?? '');
      if (Number.isNaN(after.getTime())) {
        throw new LadingError('USAGE', `Cannot deprecate ${text}: it is not said from when on it is refused`, {
          hint: 'Say it with --after DATE, such as --after 2027-01-31.',
        });
      }
      const body = { ...what, after: after.toISOString(), message: textOption(options, 'message') };
      await api.send('PUT', '/deprecations', `deprecate ${text}`, body);
      return { data: body, text: `${text} is refused from ${after.toISOString()} on` };
    }),
};
