import { LadingError } from '@lading/errors';
import { type CommandModule, examples, textOption } from '../command.ts';
import { configureRegistryParts, registryConfig, registryPlace, withRegistryStorage } from '../registry-parts.ts';

/** Verification failed. */
const damagedExitCode = 7;

export const command: CommandModule = {
  configure(command) {
    configureRegistryParts(command);
    command
      .option('--expect <number:hash>', 'a record and its hash, kept from an earlier run: it must still be there')
      .addHelpText(
        'after',
        `\nChecks that no record of what happened was changed, left out or put in between. The registry may run meanwhile. Keep what is printed where\nthose cannot change it who can change the journal: --expect then proves that nothing before was rewritten or cut off.\n${examples(
          ['lading registry verify-journal', 'of the registry in LADING_HOME'],
          ['lading registry verify-journal --expect 1042:3f1b…', 'and it still begins with those 1042 records'],
        )}`,
      );
  },

  async run(context, _arguments, options) {
    const expected = parseExpected(textOption(options, 'expect'));
    const place = registryPlace(options, await registryConfig(options));
    const { verifyJournal } = await import('@lading/catalog');
    const report = await withRegistryStorage(place, ({ journal }) =>
      verifyJournal(journal, { expected, signal: context.signal }),
    );
    const { records, redacted, hash, damage } = report;
    if (damage !== undefined) {
      const text = `the journal is damaged after ${records} good records: ${damage}`;
      return { data: report, text, exitCode: damagedExitCode };
    }
    const purged = redacted === 0 ? '' : `, ${redacted} of them redacted by a purge`;
    return { data: report, text: `${records} records are as they were written${purged}\n${records}:${hash}` };
  },
};

function parseExpected(text: string | undefined): { sequence: number; hash: string } | undefined {
  if (text === undefined) return undefined;
  const [, sequence, hash = ''] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (sequence !== undefined) return { sequence: Number(sequence), hash };
  throw new LadingError('USAGE', `Cannot expect ${JSON.stringify(text)}: it is not NUMBER:HASH`, {
    hint: 'Give it the last line that an earlier run printed.',
  });
}
