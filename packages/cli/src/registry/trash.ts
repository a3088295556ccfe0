import { type CommandModule, examples } from '../command.ts';
import { configureRegistryApi, withRegistryApi } from '../registry-api.ts';
import { formatDate, shortDigest, table } from '../table.ts';

interface Trashed {
  readonly repository: string;
  readonly digest: string;
  readonly tags: readonly string[];
  readonly removedAt: string;
  readonly removedBy?: string;
  readonly until: string;
}

export const command: CommandModule = {
  configure(command) {
    command.argument('[repository]', 'this one alone; all of them without');
    configureRegistryApi(command);
    command.addHelpText('after', examples(['lading registry trash team/app', 'what was removed and can be restored']));
  },

  run: (context, [repository], options) =>
    withRegistryApi(context, options, async (api) => {
      const { items } = await api.get<{ items: readonly Trashed[] }>('/trash', 'list the trash', {
        repository,
        limit: 1000,
      });
      const rows = items.map((item) => [
        `${item.repository}@${shortDigest(item.digest)}`,
        item.tags.join(' '),
        formatDate(item.removedAt),
        item.removedBy ?? '',
        formatDate(item.until),
      ]);
      return { data: items, text: table(['MANIFEST', 'TAGS', 'REMOVED', 'BY', 'UNTIL'], rows) };
    }),
};
