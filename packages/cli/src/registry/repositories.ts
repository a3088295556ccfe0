import { type CommandModule, examples } from '../command.ts';
import { configureRegistryApi, withRegistryApi } from '../registry-api.ts';

export const command: CommandModule = {
  configure(command) {
    configureRegistryApi(command);
    command.addHelpText(
      'after',
      examples(
        ['lading registry repositories', 'those that you may pull from'],
        ['lading registry repositories --registry registry.example.org --json', 'for scripts'],
      ),
    );
  },

  run: (context, _args, options) =>
    withRegistryApi(context, options, async (api) => {
      const found = await Array.fromAsync(api.list<{ name: string }>('/repositories', 'list repositories'));
      return { data: found, text: found.map(({ name }) => name).join('\n') };
    }),
};
