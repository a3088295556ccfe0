import { type CommandModule, examples, textOption } from '../command.ts';
import { formatBytes } from '../progress.ts';
import {
  configureRegistryParts,
  openRegistryParts,
  registryConfig,
  registryPlace,
  withRegistryStorage,
} from '../registry-parts.ts';
import { backupPlace } from './backup-place.ts';

export const command: CommandModule = {
  configure(command) {
    configureRegistryParts(command);
    command
      .requiredOption('--from <place>', 'where the backup lies: a folder, or s3://bucket/prefix')
      .addHelpText(
        'after',
        `\nThe registry must be empty, and not run; a restore that was broken off goes on. The configuration that was saved lies beside the backup,\nas registry.yaml: use it with --config.\n${examples(
          ['lading registry restore-backup --from /backup/registry', 'to LADING_HOME'],
          [
            'lading registry restore-backup --from s3://backups/registry --config registry.yaml',
            'to where the configuration says',
          ],
        )}`,
      );
  },

  async run(context, _args, options) {
    const from = textOption(options, 'from') ?? '';
    const config = await registryConfig(options);
    const place = registryPlace(options, config);
    const { missingContent, restore } = await import('@lading/registry-server');
    const { signal, progress } = context;
    const counts = await withRegistryStorage(backupPlace(from, config), (backup) =>
      withRegistryStorage(place, (to) =>
        restore({
          from: backup,
          to,
          signal,
          onProgress: ({ bytes }) => progress.update('restore', 'restoring', bytes),
        }),
      ),
    );
    progress.finish('restore');
    // Opening builds the database from the journal.
    const parts = await openRegistryParts(place);
    try {
      const records = await parts.catalog.ledger.position();
      const missing = await Array.fromAsync(missingContent(parts.catalog, parts.content));
      for (const { digest, repositories } of missing) {
        progress.warn(`the backup lacks ${digest} of ${repositories.join(', ')}`);
      }
      const data = { contents: counts.copied, bytes: counts.bytes, present: counts.present, records, missing };
      return { data, text: `restored ${counts.copied} contents (${formatBytes(counts.bytes)}) and ${records} records` };
    } finally {
      await parts.close();
    }
  },
};
