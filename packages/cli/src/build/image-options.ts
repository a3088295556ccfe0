import type { BuildRequest } from '@lading/builder';
import { LadingError } from '@lading/errors';
import { parsePlatform } from '@lading/oci';
import type { Command } from 'commander';
import { collectValues, flagOption, listOption, type OptionValues, textOption } from '../command.ts';
import { nameValues } from './name-values.ts';

/** What the image is. */
export function configureImage(command: Command): void {
  command
    .option('--target <stage>', 'the stage to build; the last where absent')
    .option(
      '--platform <platforms>',
      'what it is for, such as linux/amd64,linux/arm64; several make an index',
      collectValues,
    )
    .option('--label <name=value>', 'add a label; may be repeated', collectValues)
    .option('--squash', 'put the layers above the base into one')
    .option('--flatten', 'put all layers into one, those of the base too')
    .option(
      '--format-profile <name>',
      'the rules by which bytes are made, such as lading/1; the current ones unless told',
    );
}

/** Throws USAGE, PLATFORM_INVALID, BUILD_UNSUPPORTED. */
export async function imageOf(
  options: OptionValues,
): Promise<Pick<BuildRequest, 'target' | 'platforms' | 'labels' | 'squash' | 'formatProfile'>> {
  const platforms = listOption(options, 'platform').flatMap((text) => text.split(','));
  const profile = textOption(options, 'formatProfile');
  return {
    target: textOption(options, 'target'),
    platforms: platforms.length === 0 ? undefined : platforms.map((text) => parsePlatform(text.trim())),
    labels: nameValues(listOption(options, 'label'), '--label'),
    squash: squashOf(options),
    formatProfile: profile === undefined ? undefined : (await import('@lading/builder')).parseFormatProfile(profile),
  };
}

function squashOf(options: OptionValues): BuildRequest['squash'] {
  const [squash, flatten] = [flagOption(options, 'squash'), flagOption(options, 'flatten')];
  if (squash && flatten)
    throw new LadingError(
      'USAGE',
      'Cannot squash and flatten: --flatten puts the layers of the base into the one, too',
    );
  return flatten ? 'all' : squash ? 'build' : undefined;
}
