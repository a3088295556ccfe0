import { LadingError } from '@lading/errors';
import { type CommandModule, examples, flagOption, textOption } from '../command.ts';
import { component, configureRegistryApi, withRegistryApi } from '../registry-api.ts';
import { formatDate, table } from '../table.ts';

interface Quarantine {
  readonly digest: string;
  readonly reason: string;
  readonly at: string;
  readonly by?: string;
}

export const command: CommandModule = {
  configure(command) {
    command
      .argument('[digest]', 'of a manifest, config or layer; without one, what is in quarantine is listed')
      .option('--reason <text>', 'told to whoever is refused')
      .option('--lift', 'let it be pulled again');
    configureRegistryApi(command);
    command.addHelpText(
      'after',
      `\nPulls of it, and of every image that contains it, are refused in all replicas within a second.\n${examples(
        ['lading registry quarantine sha256:… --reason "CVE-2026-1234"', 'an image, or a layer of many'],
        ['lading registry quarantine sha256:… --lift', 'it may be pulled again'],
      )}`,
    );
  },

  run: (context, [digest], options) =>
    withRegistryApi(context, options, async (api) => {
      if (digest === undefined) {
        const { items } = await api.get<{ items: readonly Quarantine[] }>('/quarantine', 'list what is in quarantine');
        const rows = items.map((item) => [item.digest, formatDate(item.at), item.by ?? '', item.reason]);
        return { data: items, text: table(['DIGEST', 'SINCE', 'BY', 'REASON'], rows) };
      }
      const path = `/quarantine/${component(digest)}`;
      if (flagOption(options, 'lift')) {
        await api.send('DELETE', path, `take ${digest} out of quarantine`);
        return { data: { digest, quarantined: false }, text: `${digest} may be pulled` };
      }
      const reason = textOption(options, 'reason');
      if (reason === undefined) {
        throw new LadingError('USAGE', `Cannot quarantine ${digest}: whoever is refused has to be told why`, {
          hint: 'Say it with --reason TEXT.',
        });
      }
      await api.send('PUT', path, `quarantine ${digest}`, { reason });
      return { data: { digest, quarantined: true, reason }, text: `${digest} is in quarantine` };
    }),
};
