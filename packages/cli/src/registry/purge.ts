import { writeFile } from 'node:fs/promises';
import { LadingError } from '@lading/errors';
import { type CommandModule, examples, flagOption, textOption } from '../command.ts';
import { configureRegistryApi, withRegistryApi } from '../registry-api.ts';

interface Plan {
  readonly digests: readonly string[];
  readonly manifests: readonly {
    readonly repository: string;
    readonly digest: string;
    readonly tags: readonly string[];
  }[];
}

export const command: CommandModule = {
  configure(command) {
    command
      .argument('<digest>', 'of a layer, config or manifest')
      .option('--reason <text>', 'kept in the journal and in the receipt')
      .option('--dry-run', 'only tell what would go')
      .option('--receipt <file>', 'where the signed receipt goes; stdout without');
    configureRegistryApi(command);
    command.addHelpText(
      'after',
      `\nRemoves content from everywhere, at once and for good, with every image that contains it: for a secret that leaked. What was pulled\nbefore is elsewhere: change the secret, too.\n${examples(
        ['lading registry purge sha256:… --dry-run', 'which images would go with it'],
        ['lading registry purge sha256:… --reason "a key was in it" --receipt purge.json', 'and the proof of it'],
        ['lading registry verify-receipt purge.json', 'what it says, once its signature is found to be good'],
      )}`,
    );
  },

  run: (context, [digest = ''], options) =>
    withRegistryApi(context, options, async (api) => {
      const dryRun = flagOption(options, 'dryRun');
      const reason = textOption(options, 'reason') ?? (dryRun ? 'none' : undefined);
      if (reason === undefined) {
        throw new LadingError('USAGE', `Cannot purge ${digest}: a reason has to be kept with it`, {
          hint: 'Say it with --reason TEXT; see first what goes: --dry-run.',
        });
      }
      if (dryRun) {
        const plan = await api.send<Plan>('POST', '/purges', `preview the purge of ${digest}`, {
          digest,
          reason,
          dryRun,
        });
        const manifests = plan.manifests.map(
          (manifest) => `${manifest.repository}@${manifest.digest}${manifest.tags.map((tag) => ` ${tag}`).join('')}`,
        );
        return { data: plan, text: [...plan.digests, ...manifests].join('\n') };
      }
      const done = await api.send<{ purge: string; receipt: object }>('POST', '/purges', `purge ${digest}`, {
        digest,
        reason,
      });
      const text = JSON.stringify(done.receipt, undefined, 2);
      const path = textOption(options, 'receipt');
      if (path === undefined) return { data: done.receipt, text };
      await writeFile(path, `${text}\n`);
      return { data: done, text: `${digest} is gone; the receipt is in ${path}` };
    }),
};
