import type { BuildpacksImage } from '@lading/builder';
import { LadingError } from '@lading/errors';
import { type CommandModule, examples } from '../command.ts';
import { configureFind, findImage, imageIn } from '../find-image.ts';
import { formatLocation } from '../locations.ts';
import { printable } from '../printable.ts';

export const command: CommandModule = {
  configure(command) {
    configureFind(command);
    command
      .argument('<image>', 'on this machine, in a registry, a layout or an archive')
      .addHelpText('after', examples(['lading buildpacks inspect app', 'its processes, buildpacks and run image']));
  },

  async run(context, [name = ''], options) {
    const found = await findImage(context, name, options);
    try {
      const { inspectBuildpacksImage } = await import('@lading/builder');
      const data = inspectBuildpacksImage(imageIn(found));
      if (data === undefined) {
        throw new LadingError(
          'BUILDPACK_INVALID',
          `Cannot inspect ${formatLocation(found.location)}: buildpacks did not build it`,
          {
            hint: '"lading inspect" shows what any image is made of.',
          },
        );
      }
      return { data, text: textOf(data) };
    } finally {
      await found.source.close();
    }
  },
};

function textOf({ buildpacks, processes, runImage, rebasable, execEnv, layers }: BuildpacksImage): string {
  const command = (words: readonly string[]) =>
    words.map((word) => (/\s|^$/.test(word) ? JSON.stringify(word) : word)).join(' ');
  const lines = [
    `Run image:  ${runImage.image ?? runImage.reference}`,
    `            ${runImage.reference}`,
    `Rebasable:  ${rebasable ? 'yes' : 'no'}`,
    `Built for:  ${execEnv}`,
    'Buildpacks:',
    ...buildpacks.map(({ id, version }) => `  ${id} ${version}`),
    'Processes:',
    ...processes.map(
      (one) =>
        `  ${one.type}${one.default ? ' (default)' : ''}: ${command([...one.command, ...one.args])} in ${one.workingDirectory}`,
    ),
    'Layers above the run image:',
    ...layers.map(({ name: layer, diffId }) => `  ${diffId.slice(0, 19)}  ${layer}`),
  ];
  return lines.map(printable).join('\n');
}
