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
    .option('--platform <platform>', 'what the image is for, such as linux/arm64')
    .option('--label <name=value>', 'add a label; may be repeated', collectValues)
    .option('--annotation <name=value>', 'add an annotation to the manifest; may be repeated', collectValues);
}

/** Throws USAGE, PLATFORM_INVALID. */
export function imageOf(options: OptionValues): Pick<BuildRequest, 'target' | 'platform' | 'labels' | 'annotations'> {
  const platform = textOption(options, 'platform');
  const annotations = listOption(options, 'annotation');
  return {
    target: textOption(options, 'target'),
    platform: platform === undefined ? undefined : parsePlatform(platform),
    labels: nameValues(listOption(options, 'label'), '--label'),
    annotations: annotations.length === 0 ? undefined : nameValues(annotations, '--annotation'),
  };
}

/** Throws REFERENCE_INVALID. */
export function tagsOf(options: OptionValues): readonly Reference[] {
  return listOption(options, 'tag').map((text) => parseReference(text));
}
