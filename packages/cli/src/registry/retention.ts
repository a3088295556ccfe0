import { type CommandModule, examples, flagOption } from '../command.ts';
import { configureRegistryApi, withRegistryApi } from '../registry-api.ts';
import { formatDate, shortDigest, table } from '../table.ts';
import { runRegistryJob } from './job-run.ts';

interface Plan {
  readonly repository: string;
  readonly tags: readonly { readonly name: string; readonly digest: string; readonly movedAt: string }[];
  readonly manifests: readonly { readonly digest: string; readonly recordedAt: string }[];
}

export const command: CommandModule = {
  configure(command) {
    command
      .argument('[repository]', 'this one alone; all of them without')
      .option('--dry-run', 'only tell what would go');
    configureRegistryApi(command);
    command.addHelpText(
      'after',
      examples(
        ['lading registry retention --dry-run', 'what the policies let go now'],
        ['lading registry retention team/app', 'remove it, in one repository; it can be restored for a while'],
      ),
    );
  },

  run: (context, [repository], options) =>
    withRegistryApi(context, options, async (api) => {
      if (!flagOption(options, 'dryRun')) {
        return runRegistryJob(context, api, 'retention', repository === undefined ? {} : { repository });
      }
      const { items } = await api.get<{ items: readonly Plan[] }>('/retention/preview', 'preview retention', {
        repository,
      });
      const rows = items.flatMap(({ repository: name, tags, manifests }) => [
        ...tags.map((tag) => [`${name}:${tag.name}`, formatDate(tag.movedAt)]),
        ...manifests.map((manifest) => [`${name}@${shortDigest(manifest.digest)}`, formatDate(manifest.recordedAt)]),
      ]);
      return { data: items, text: table(['GOES', 'SINCE'], rows) };
    }),
};
