import { type CommandModule, examples, flagOption } from '../command.ts';
import { configureFind, findImage, imageIn } from '../find-image.ts';
import { inspect } from '../inspection.ts';
import { inspectionText } from '../inspection-text.ts';

export const command: CommandModule = {
  configure(command) {
    command
      .argument('<image>', 'on this machine, else in its registry; or with a transport, as in "lading copy"')
      .option('--raw', 'the manifest or index, byte for byte as its digest covers it')
      .option('--config', 'the config, byte for byte');
    configureFind(command);
    command.addHelpText(
      'after',
      examples(
        ['lading inspect app', 'what it is made of and how it runs'],
        ['lading inspect --platform linux/arm64 alpine', 'of a registry: no layer is fetched'],
        ['lading inspect --raw alpine | sha256sum', 'the digest, from the bytes'],
        ['lading inspect --config app | jq .config.Env', "the image's own config"],
        ['lading inspect --json app | jq -r .image.platform', 'for scripts'],
      ),
    );
  },

  async run(context, [name = ''], options) {
    const found = await findImage(context, name, options);
    try {
      if (flagOption(options, 'config')) return { data: undefined, bytes: imageIn(found).configBytes };
      if (flagOption(options, 'raw')) {
        const { bytes } = options.platform === undefined ? found.document : imageIn(found);
        return { data: undefined, bytes };
      }
      const inspection = inspect(found);
      return { data: inspection, text: inspectionText(inspection) };
    } finally {
      await found.source.close();
    }
  },
};
