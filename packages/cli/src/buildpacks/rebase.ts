import { familiarReference, parseReference } from '@lading/oci';
import { type CommandModule, examples, flagOption, textOption } from '../command.ts';
import { findOrPull } from '../local-image.ts';
import { configureRegistry, registryOptions } from '../registries.ts';

export const command: CommandModule = {
  configure(command) {
    configureRegistry(command);
    command
      .argument('<image>', 'an image on this machine that buildpacks built')
      .option('--run-image <image>', 'the new run image; the one it was built on unless told')
      .option('--pull', 'ask the registry for the run image even when it is here')
      .option('-t, --tag <name>', 'name the result so; the image itself unless told')
      .option('--force', 'also onto another run image, or for another target')
      .addHelpText(
        'after',
        examples(
          ['lading buildpacks rebase app --pull', 'onto the newest version of its run image'],
          ['lading buildpacks rebase app --run-image run:2 --force', 'onto another one'],
        ),
      );
  },

  async run(context, [name = ''], options) {
    const [{ inspectBuildpacksImage, rebaseBuildpacksImage }, { copy }] = await Promise.all([
      import('@lading/builder'),
      import('@lading/image'),
    ]);
    const reference = parseReference(name);
    const image = await findOrPull(context, reference, { pull: 'missing', ...registryOptions(options) });
    const runImageName = textOption(options, 'runImage') ?? inspectBuildpacksImage(image)?.runImage.image ?? '';
    const runImage =
      runImageName === ''
        ? image
        : await findOrPull(context, parseReference(runImageName), {
            platform: image.platform,
            pull: flagOption(options, 'pull') ? 'always' : 'missing',
            ...registryOptions(options),
          });
    const home = await context.home();
    const repository = home.repositoryOf(reference);
    const manifest = await rebaseBuildpacksImage(
      repository,
      { image, runImage, runImageName, force: flagOption(options, 'force') },
      { signal: context.signal },
    );
    const target =
      textOption(options, 'tag') === undefined ? reference : parseReference(textOption(options, 'tag') ?? '');
    // Repositories share content here, so this records the manifest under the other name and moves no bytes.
    await copy(repository, home.repositoryOf(target), { from: manifest.digest, to: target.tag ?? 'latest' });
    const changed = manifest.digest !== image.descriptor.digest;
    context.progress.log(
      changed
        ? `rebased ${familiarReference(target)} onto ${runImageName}`
        : `${familiarReference(reference)} is on this version of ${runImageName} already`,
    );
    return {
      data: { digest: manifest.digest, previous: image.descriptor.digest, runImage: runImageName, changed },
      text: manifest.digest,
    };
  },
};
