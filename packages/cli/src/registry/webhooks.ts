import { type CommandModule, examples, textOption } from '../command.ts';
import { component, configureRegistryApi, withRegistryApi } from '../registry-api.ts';
import { table } from '../table.ts';

interface Webhook {
  readonly name: string;
  readonly url: string;
  readonly events: readonly string[];
  readonly waiting: number;
  readonly dead: number;
}

interface Delivery {
  readonly event: string;
}

export const command: CommandModule = {
  configure(command) {
    command.option('--retry <webhook>', 'deliver again what was given up for it');
    configureRegistryApi(command);
    command.addHelpText(
      'after',
      examples(
        ['lading registry webhooks', 'who is told of what happens, and what waits for them'],
        ['lading registry webhooks --retry ci', 'once the receiver is mended'],
      ),
    );
  },

  run: (context, _args, options) =>
    withRegistryApi(context, options, async (api) => {
      const name = textOption(options, 'retry');
      if (name !== undefined) {
        const path = `/webhooks/${component(name)}/deliveries`;
        const dead = await Array.fromAsync(
          api.list<Delivery>(path, `list what ${name} did not get`, { state: 'dead' }),
        );
        for (const { event } of dead)
          await api.send('POST', `${path}/${component(event)}/retry`, `deliver ${event} again`);
        return { data: { webhook: name, retried: dead.length }, text: `${dead.length} are delivered again` };
      }
      const hooks = await Array.fromAsync(api.list<Webhook>('/webhooks', 'list webhooks'));
      const rows = hooks.map(({ name, url, events, waiting, dead }) => [
        name,
        String(waiting),
        String(dead),
        events.join(','),
        url,
      ]);
      return { data: hooks, text: table(['WEBHOOK', 'WAITING', 'GIVEN UP', 'EVENTS', 'URL'], rows) };
    }),
};
