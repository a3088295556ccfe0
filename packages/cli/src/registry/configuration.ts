import { type CommandModule, examples, flagOption } from '../command.ts';
import { configureRegistryApi, withRegistryApi } from '../registry-api.ts';
import { configureRegistryParts, registryConfig } from '../registry-parts.ts';

export const command: CommandModule = {
  configure(command) {
    configureRegistryParts(command);
    command.option('--check', 'only whether the file that --config names can be used; asks no registry');
    configureRegistryApi(command);
    command.addHelpText(
      'after',
      examples(
        ['lading registry configuration --check --config registry.yaml', 'before it is put in use'],
        ['lading registry configuration', 'what the running registry uses, without its secrets'],
      ),
    );
  },

  async run(context, _args, options) {
    if (flagOption(options, 'check')) {
      await registryConfig(options);
      return { data: { valid: true }, text: 'the configuration can be used' };
    }
    return withRegistryApi(context, options, async (api) => {
      const configuration = await api.get<object>('/configuration', 'see the configuration');
      return { data: configuration, text: JSON.stringify(configuration, undefined, 2) };
    });
  },
};
