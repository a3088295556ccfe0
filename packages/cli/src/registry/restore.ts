import { LadingError } from '@lading/errors';
import { type CommandModule, examples } from '../command.ts';
import { configureRegistryApi, withRegistryApi } from '../registry-api.ts';
import { parseRegistryReference } from './reference-text.ts';

interface Restored {
  readonly repository: string;
  readonly digest: string;
  readonly tags: readonly string[];
}

export const command: CommandModule = {
  configure(command) {
    command.argument('<reference>', 'team/app:1.4, or team/app@sha256:… with all tags that it had');
    configureRegistryApi(command);
    command.addHelpText(
      'after',
      examples(['lading registry restore team/app:1.4', 'the tag, and its image if that was removed']),
    );
  },

  run: (context, [text = ''], options) => {
    const { repository, reference } = parseRegistryReference(text, 'restore');
    if (reference === undefined) {
      throw new LadingError('USAGE', `Cannot restore ${text}: it names no tag or digest`, {
        hint: `See what there is: lading registry trash ${text}`,
      });
    }
    return withRegistryApi(context, options, async (api) => {
      const restored = await api.send<Restored>('POST', '/trash/restore', `restore ${text}`, { repository, reference });
      const names = restored.tags.map((tag) => `${repository}:${tag}`);
      return { data: restored, text: [`${repository}@${restored.digest}`, ...names].join('\n') };
    });
  },
};
