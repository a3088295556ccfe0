import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LadingError } from '@lading/errors';
import { type CommandModule, examples, textOption } from '../command.ts';
import { formatBytes } from '../progress.ts';
import { configureRegistryParts, registryConfig, registryPlace, withRegistryStorage } from '../registry-parts.ts';
import { backupPlace, checkBackup } from './backup-place.ts';

export const command: CommandModule = {
  configure(command) {
    configureRegistryParts(command);
    command
      .requiredOption('--to <place>', 'a folder, or s3://bucket/prefix')
      .option('--prune', 'remove from the backup what the registry does not have any more')
      .option('--check', 'read the whole backup and check it, journal and content')
      .addHelpText(
        'after',
        `\nSaves content and journal, and the file of --config beside a folder; the registry may run. Each run copies what is new. A backup is the\nstorage of a registry: "lading registry restore-backup" brings it back, and "lading serve" can serve from it.\n${examples(
          ['lading registry backup --to /backup/registry', 'of the registry in LADING_HOME'],
          ['lading registry backup --config registry.yaml --to s3://backups/registry --check', 'to a bucket'],
        )}`,
      );
  },

  async run(context, _args, options) {
    const to = textOption(options, 'to') ?? '';
    const config = await registryConfig(options);
    const target = backupPlace(to, config);
    const { backUp } = await import('@lading/registry-server');
    const { signal, progress } = context;
    const report = await withRegistryStorage(registryPlace(options, config), (from) =>
      withRegistryStorage(target, async (storage) => {
        const done = await backUp({
          from,
          to: storage,
          prune: options.prune === true,
          signal,
          onProgress: ({ bytes }) => progress.update('backup', 'saving', bytes),
        });
        progress.finish('backup');
        if (options.check === true) await checkBackup(storage, signal);
        return done;
      }),
    );
    const file = textOption(options, 'config');
    if (file !== undefined && 'folder' in target.storage) await copyFile(file, join(to, 'registry.yaml'));
    const [first] = report.damaged;
    if (first !== undefined) {
      throw new LadingError(
        'BACKUP_INVALID',
        `Saved to ${to}, but for ${report.damaged.length} damaged contents: ${first}`,
        { hint: 'Run "lading registry jobs start scrub" to heal them.', details: { ...report } },
      );
    }
    const { contents, bytes, batches, pruned } = report;
    const gone = pruned === 0 ? '' : `, ${pruned} removed`;
    return {
      data: report,
      text: `saved ${contents} contents (${formatBytes(bytes)}), ${batches} entries of the journal${gone}`,
    };
  },
};
