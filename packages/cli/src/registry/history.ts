import { LadingError } from '@lading/errors';
import { type CommandModule, examples } from '../command.ts';
import { component, configureRegistryApi, withRegistryApi } from '../registry-api.ts';
import { formatDate, shortDigest, table } from '../table.ts';

interface Move {
  readonly digest?: string;
  readonly previous?: string;
  readonly at: string;
}

export const command: CommandModule = {
  configure(command) {
    command.argument('<repository:tag>', 'without the registry: team/app:1.4');
    configureRegistryApi(command);
    command.addHelpText(
      'after',
      examples(['lading registry history team/app:1.4', 'latest first, also once it is gone']),
    );
  },

  run: (context, [reference = ''], options) => {
    const [, repository = '', tag = ''] = /^([^:]+):([^:]+)$/.exec(reference) ?? [];
    if (tag === '') {
      throw new LadingError('USAGE', `Cannot show the history of ${JSON.stringify(reference)}: it names no tag`, {
        hint: 'Write repository and tag without the registry: team/app:1.4.',
      });
    }
    return withRegistryApi(context, options, async (api) => {
      const path = `/repositories/${component(repository)}/tags/${component(tag)}/history`;
      const { items } = await api.get<{ items: Move[] }>(path, `show the history of ${reference}`);
      const rows = items.map(({ digest, previous, at }) => [
        formatDate(at),
        digest === undefined ? 'removed' : shortDigest(digest),
        previous === undefined ? 'new' : shortDigest(previous),
      ]);
      return { data: items, text: table(['AT', 'DIGEST', 'BEFORE'], rows) };
    });
  },
};
