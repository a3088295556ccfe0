import { type CommandModule, examples } from '../command.ts';
import { printable } from '../printable.ts';
import { formatBytes } from '../progress.ts';
import { formatDate, table } from '../table.ts';
import { configureDatabase, withDatabase } from './open-database.ts';

export const command: CommandModule = {
  configure(command) {
    configureDatabase(command);
    command.addHelpText('after', examples(['lading advisories info', 'how old it is, and what it knows']));
  },

  run: (context, _args, options) =>
    withDatabase(context, options, (database) => {
      // All of it is read: whoever asks wants to know whether it is whole.
      database.verify();
      const { digest, size, records, newest, format, sources, ecosystems } = database;
      const data = { digest, size, records, newest, format, sources, ecosystems };
      const rows = sources.map((source) => [
        printable(source.name),
        String(source.records),
        formatDate(source.newest || undefined),
      ]);
      const text = [
        `Digest:      ${digest}`,
        `Size:        ${formatBytes(size)}`,
        `Advisories:  ${records}`,
        `Newest:      ${formatDate(newest || undefined)}`,
        `Ecosystems:  ${ecosystems.map(printable).join(', ')}`,
        '',
        table(['SOURCE', 'RECORDS', 'NEWEST'], rows),
      ];
      return { data, text: text.join('\n') };
    }),
};
