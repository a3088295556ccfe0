import { LadingError } from '@lading/errors';
import { formatPlatform } from '@lading/oci';
import { type CommandModule, examples } from '../command.ts';
import { configureFind, findImage, fullName, imageIn } from '../find-image.ts';

export const command: CommandModule = {
  configure(command) {
    command.argument('<image>', 'on this machine, else in its registry; or with a transport, as in "lading copy"');
    configureFind(command);
    command.addHelpText(
      'after',
      `\nPress ? for the keys. Added, modified and removed paths have the letters A, M and D, and colours unless NO_COLOR is set.\n${examples(
        ['lading explore app', 'layers on the left, their files on the right'],
        ['lading explore docker-archive:app.tar', 'of an archive'],
        ['lading analyze app', 'the same in figures, also where there is no terminal'],
      )}`,
    );
  },

  async run(context, [name = ''], options) {
    const { stdin, stdout, env } = process;
    if (context.json || !stdin.isTTY || !stdout.isTTY || env.TERM === 'dumb') {
      const reason = context.json ? 'it has nothing to say as JSON' : 'this is no terminal that it could draw on';
      throw new LadingError('USAGE', `Cannot open the explorer: ${reason}`, {
        hint: `"lading analyze ${name}" shows what there is to know as text, with --json as data.`,
      });
    }
    const found = await findImage(context, name, options);
    try {
      const image = imageIn(found);
      const [{ scanImage }, { exploredImage }, { explore }, { createPaint }] = await Promise.all([
        import('../analysis/scan-image.ts'),
        import('../explore/explored-image.ts'),
        import('../explore/explore.ts'),
        import('../explore/paint.ts'),
      ]);
      const shown = { name: fullName(found.location), platform: formatPlatform(image.platform) };
      const explored = exploredImage(image, await scanImage(context, image), shown);
      if (explored.layers.length === 0) {
        throw new LadingError('IMAGE_INVALID', `Cannot explore ${shown.name}: it has no layers`);
      }
      context.progress.end();
      const paint = createPaint({ colour: (env.NO_COLOR ?? '') === '' });
      await explore(explored, { layers: image.layers, input: stdin, output: stdout, paint, signal: context.signal });
      return { data: undefined };
    } finally {
      await found.source.close();
    }
  },
};
