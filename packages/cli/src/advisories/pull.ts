import { parseReference, repositoryOf } from '@lading/oci';
import { type CommandModule, examples, textOption } from '../command.ts';
import { formatBytes } from '../progress.ts';
import { configureRegistry, registryOptions } from '../registries.ts';

export const command: CommandModule = {
  configure(command) {
    command
      .argument('<name>', 'what "lading advisories push" wrote; a digest takes exactly that one')
      .option('--output <file>', 'write the database there and leave the one on this machine as it is');
    configureRegistry(command);
    command.addHelpText(
      'after',
      examples(['lading advisories pull registry.example.org/security/advisories', 'what was pushed there last']),
    );
  },

  async run(context, [name = ''], options) {
    const reference = parseReference(name, { defaultTag: null });
    const [home, { fetchAdvisories, localAdvisoriesPath }, { openRegistryOf }] = await Promise.all([
      context.homeFolder(),
      import('@lading/contents'),
      import('../open-registry.ts'),
    ]);
    const path = textOption(options, 'output') ?? localAdvisoriesPath(home);
    const registry = await openRegistryOf(reference, registryOptions(options));
    try {
      const source = reference.digest ?? reference.tag ?? 'latest';
      const { signal } = context;
      const { digest, layer } = await fetchAdvisories(registry.source(reference.repository), source, path, { signal });
      context.progress.log(`pulled advisories from ${repositoryOf(reference)}: ${formatBytes(layer.size)}`);
      return { data: { path, digest, transferred: layer.size }, text: digest };
    } finally {
      await registry.close();
    }
  },
};
