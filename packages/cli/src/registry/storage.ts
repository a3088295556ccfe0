import { type CommandModule, examples } from '../command.ts';
import { formatBytes } from '../progress.ts';
import { configureRegistryApi, withRegistryApi } from '../registry-api.ts';
import { table } from '../table.ts';

interface Usage {
  readonly repository: string;
  readonly bytes: number;
  readonly uniqueBytes: number;
  readonly sharedBytes: number;
  readonly manifests: number;
}

export const command: CommandModule = {
  configure(command) {
    configureRegistryApi(command);
    command.addHelpText(
      'after',
      examples(['lading registry storage', 'what each repository has alone, and what it shares; largest first']),
    );
  },

  run: (context, _args, options) =>
    withRegistryApi(context, options, async (api) => {
      const usages = await Array.fromAsync(api.list<Usage>('/storage/repositories', 'see what takes room'));
      usages.sort((a, b) => b.uniqueBytes - a.uniqueBytes || b.bytes - a.bytes);
      const rows = usages.map(({ repository, uniqueBytes, sharedBytes, manifests }) => [
        repository,
        formatBytes(uniqueBytes),
        formatBytes(sharedBytes),
        String(manifests),
      ]);
      return { data: usages, text: table(['REPOSITORY', 'UNIQUE', 'SHARED', 'MANIFESTS'], rows) };
    }),
};
