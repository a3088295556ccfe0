import { type CommandModule, examples } from '../command.ts';
import { registryNamed } from '../registries.ts';

export const command: CommandModule = {
  configure(command) {
    command
      .argument('[registry]', 'host and port', 'docker.io')
      .addHelpText('after', examples(['lading logout registry.example.org', 'forget its credentials']));
  },

  async run(_context, [name = 'docker.io']) {
    const registry = registryNamed(name);
    const { eraseCredentials } = await import('@lading/registry-client');
    const erased = await eraseCredentials(registry);
    const text = erased ? `logged out of ${registry}` : `no credentials for ${registry} were stored`;
    return { data: { registry, erased }, text };
  },
};
