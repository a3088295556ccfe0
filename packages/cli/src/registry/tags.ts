import { type CommandModule, examples } from '../command.ts';
import { formatBytes } from '../progress.ts';
import { component, configureRegistryApi, withRegistryApi } from '../registry-api.ts';
import { formatDate, shortDigest, table } from '../table.ts';

interface Tag {
  readonly name: string;
  readonly digest: string;
  readonly size: number;
  readonly updatedAt: string;
}

export const command: CommandModule = {
  configure(command) {
    command.argument('<repository>', 'without the registry: team/app');
    configureRegistryApi(command);
    command.addHelpText('after', examples(['lading registry tags team/app', 'what each points to, and since when']));
  },

  run: (context, [repository = ''], options) =>
    withRegistryApi(context, options, async (api) => {
      const path = `/repositories/${component(repository)}/tags`;
      const tags = await Array.fromAsync(api.list<Tag>(path, `list the tags of ${repository}`));
      const rows = tags.map(({ name, digest, size, updatedAt }) => [
        name,
        shortDigest(digest),
        formatDate(updatedAt),
        formatBytes(size),
      ]);
      return { data: tags, text: table(['TAG', 'DIGEST', 'SINCE', 'MANIFEST'], rows) };
    }),
};
