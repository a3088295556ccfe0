import { type CommandModule, examples } from '../command.ts';
import { configureFind, findImage, fullName, imageIn } from '../find-image.ts';
import { historyOf } from '../history-lines.ts';
import { printableLine } from '../printable.ts';
import { formatBytes } from '../progress.ts';
import { formatDate, shortDigest, table } from '../table.ts';

const longest = 100;

export const command: CommandModule = {
  configure(command) {
    command
      .argument('<image>', 'on this machine, else in its registry; or with a transport, as in "lading copy"')
      .option('--no-trunc', 'whole digests and instructions');
    configureFind(command);
    command.addHelpText(
      'after',
      examples(
        ['lading history app', 'the oldest instruction first, the newest last'],
        ['lading history --no-trunc alpine', 'in full; nothing but manifest and config is fetched'],
        ['lading history oci-archive:app.tar', 'of an archive'],
      ),
    );
  },

  async run(context, [name = ''], options) {
    const whole = options.trunc === false;
    const found = await findImage(context, name, options);
    try {
      const image = imageIn(found);
      const history = historyOf(image);
      const rows = history.map(({ created, instruction = '(unknown)', comment, layer }) => {
        const text = printableLine(comment === undefined || instruction !== '' ? instruction : comment);
        return [
          formatDate(created),
          layer === undefined ? '-' : formatBytes(layer.size),
          layer === undefined ? '-' : whole ? layer.digest : shortDigest(layer.digest),
          whole || text.length <= longest ? text : `${text.slice(0, longest - 1)}…`,
        ];
      });
      return {
        data: { name: fullName(found.location), digest: image.descriptor.digest, history },
        text: table(['CREATED', 'SIZE', 'LAYER', 'INSTRUCTION'], rows),
      };
    } finally {
      await found.source.close();
    }
  },
};
