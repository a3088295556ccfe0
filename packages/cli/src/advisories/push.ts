import { join } from 'node:path';
import { LadingError } from '@lading/errors';
import { parseReference, repositoryOf } from '@lading/oci';
import { type CommandModule, examples, textOption } from '../command.ts';
import { configureRegistry, registryOptions } from '../registries.ts';

export const command: CommandModule = {
  configure(command) {
    command
      .argument('<name>', 'in a registry; the tag is latest unless it has one')
      .option('--database <file>', 'another database than the one on this machine');
    configureRegistry(command);
    command.addHelpText(
      'after',
      examples(['lading advisories push registry.example.org/security/advisories', 'for all who scan here']),
    );
  },

  async run(context, [name = ''], options) {
    const reference = parseReference(name, { defaultTag: null });
    if (reference.digest !== undefined) {
      throw new LadingError('USAGE', `Cannot push to ${name}: a target is named by tag, not by digest`);
    }
    const tag = reference.tag ?? 'latest';
    const [home, { localAdvisoriesPath, openLocalAdvisories, writeAdvisories }, { openRegistryOf }] = await Promise.all(
      [context.homeFolder(), import('@lading/contents'), import('../open-registry.ts')],
    );
    const named = textOption(options, 'database');
    // Whether there is one is told before a registry is asked.
    if (named === undefined) openLocalAdvisories(home).close();
    const registry = await openRegistryOf(reference, {
      ...registryOptions(options),
      uploadsFolder: join(home, 'uploads'),
    });
    try {
      const repository = registry.repository(reference.repository);
      const { signal } = context;
      const descriptor = await writeAdvisories(repository, named ?? localAdvisoriesPath(home), { signal });
      await repository.references.tag(tag, descriptor, { signal });
      const { digest, size } = descriptor;
      const text = `${repositoryOf(reference)}@${digest}`;
      context.progress.log(`pushed advisories to ${repositoryOf(reference)}:${tag}`);
      return { data: { reference: text, tag, digest, mediaType: descriptor.mediaType, size }, text };
    } finally {
      await registry.close();
    }
  },
};
