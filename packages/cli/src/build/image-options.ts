import type { BuildRequest } from '@lading/builder';
import { parsePlatform, parseReference, type Reference } from '@lading/oci';
import type { Command } from 'commander';
import { collectValues, listOption, type OptionValues, textOption } from '../command.ts';
import { nameValues } from './name-values.ts';

/** What the image is, and what it says of itself. */
export function configureImage(command: Command): void {
  command
    .option('-t, --tag <name>', 'name the image; may be repeated', collectValues)
    .option('--target <stage>', 'the stage to build; the last where absent')
    .option(
      '--platform <platforms>',
      'what it is for, such as linux/amd64,linux/arm64; several make an index',
      collectValues,
    )
    .option('--label <name=value>', 'add a label; may be repeated', collectValues)
    .option('--annotation <name=value>', 'add an annotation to the manifest; may be repeated', collectValues);
}

/** Throws USAGE, PLATFORM_INVALID. */
export function imageOf(options: OptionValues): Pick<BuildRequest, 'target' | 'platforms' | 'labels' | 'annotations'> {
  const platforms = listOption(options, 'platform').flatMap((text) => text.split(','));
  const annotations = listOption(options, 'annotation');
  return {
    target: textOption(options, 'target'),
    platforms: platforms.length === 0 ? undefined : platforms.map((text) => parsePlatform(text.trim())),
    labels: nameValues(listOption(options, 'label'), '--label'),
    annotations: annotations.length === 0 ? undefined : nameValues(annotations, '--annotation'),
  };
}

/** Throws REFERENCE_INVALID. */
export function tagsOf(options: OptionValues): readonly Reference[] {
  return listOption(options, 'tag').map((text) => parseReference(text));
}
