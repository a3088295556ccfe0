import { type CommandModule, examples } from '../command.ts';
import {
  catalogPlace,
  configureRegistryParts,
  registryConfig,
  registryPlace,
  withRegistryStorage,
} from '../registry-parts.ts';

export const command: CommandModule = {
  configure(command) {
    configureRegistryParts(command);
    command.addHelpText(
      'after',
      `\nBuilds the database anew from the journal and the content: the same tags, history and audit. Stop the registry first. A former SQLite file\nis set aside; a PostgreSQL database must be empty.\n${examples(
        ['lading registry reindex', 'of the registry in LADING_HOME'],
        [
          'lading registry reindex --storage s3://bucket --database postgres://db.example.org/new',
          'into a new database',
        ],
      )}`,
    );
  },

  async run(_context, _arguments, options) {
    const place = registryPlace(options, await registryConfig(options));
    const { reindex } = await import('@lading/catalog');
    const report = await withRegistryStorage(place, (storage) => reindex({ ...catalogPlace(place), ...storage }));
    const { records, former } = report;
    const aside = former === undefined ? '' : `; the former database is ${former}`;
    return { data: report, text: `applied ${records} records of the journal${aside}` };
  },
};
