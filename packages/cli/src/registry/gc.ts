import { type CommandModule, examples, flagOption } from '../command.ts';
import { formatBytes } from '../progress.ts';
import { configureRegistryApi, withRegistryApi } from '../registry-api.ts';
import { table } from '../table.ts';
import { runRegistryJob } from './job-run.ts';

interface Preview {
  readonly links: readonly { readonly repository: string; readonly digest: string }[];
  readonly content: readonly { readonly digest: string; readonly size: number }[];
  readonly reclaimable: number;
}

export const command: CommandModule = {
  configure(command) {
    command
      .option('--dry-run', 'only tell what would go')
      .option('--full', 'look through the whole store, too, for what nothing knows of');
    configureRegistryApi(command);
    command.addHelpText(
      'after',
      `\nIt runs by itself, too, and beside everything else: nothing waits for it.\n${examples(
        ['lading registry gc', 'remove what no repository needs any more'],
        ['lading registry gc --dry-run', 'what that would be'],
      )}`,
    );
  },

  run: (context, _args, options) =>
    withRegistryApi(context, options, async (api) => {
      if (!flagOption(options, 'dryRun')) {
        return runRegistryJob(context, api, flagOption(options, 'full') ? 'gc-full' : 'gc', {});
      }
      const preview = await api.get<Preview>('/gc/preview', 'preview a collection');
      const rows = [
        ...preview.links.map(({ repository, digest }) => [digest, repository, '']),
        ...preview.content.map(({ digest, size }) => [digest, 'everywhere', formatBytes(size)]),
      ];
      return { data: preview, text: table(['DIGEST', 'GOES FROM', 'FREES'], rows) };
    }),
};
