import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { BuildpacksRequest, BuildRequest } from '@lading/builder';
import { LadingError } from '@lading/errors';
import type { Command } from 'commander';
import { collectValues, listOption, type OptionValues, textOption } from '../command.ts';
import { nameValues } from './name-values.ts';

/** What only buildpacks have. `--build-image` makes a build one with buildpacks. */
export function configureBuildpacks(command: Command): void {
  command
    .option('--build-image <image>', 'build with buildpacks, in this image: a builder, or one for --buildpack')
    .option('--buildpack <source>', 'a folder, .cnb file or image of a buildpack; may be repeated', collectValues)
    .option('--order <file>', 'an order.toml with the groups to try')
    .option('--run-image <image>', 'what the application is put on; the choice of the builder unless told')
    .option(
      '--build-env <name=value>',
      'a variable for buildpacks; without =value, from the environment',
      collectValues,
    )
    .option('--default-process <type>', 'what the image starts; the choice of the buildpacks unless told')
    .option('--exec-env <name>', 'what it is built for: production, test, development')
    .option('--previous-image <image>', 'reuse layers of this one; the one that has the first --tag unless told')
    .option('--sbom-output-dir <folder>', 'where bills of materials are written to');
}

/** What the options ask for; undefined for a build without buildpacks. Previous image and cache are not among it. Throws USAGE. */
export async function buildpacksOf(
  options: OptionValues,
  { context, file, platforms = [] }: Pick<BuildRequest, 'context' | 'file' | 'platforms'>,
): Promise<Omit<BuildpacksRequest, 'previous' | 'cacheName'> | undefined> {
  const buildImage = textOption(options, 'buildImage');
  const buildpacks = listOption(options, 'buildpack');
  if (buildImage === undefined) {
    const stray = [
      'buildpack',
      'order',
      'runImage',
      'buildEnv',
      'defaultProcess',
      'execEnv',
      'previousImage',
      'sbomOutputDir',
    ];
    if (stray.every((name) => options[name] === undefined)) return undefined;
    throw new LadingError('USAGE', 'Cannot build with buildpacks: there is no image to run them in', {
      hint: 'Name one with --build-image, such as a builder.',
    });
  }
  if (file !== undefined || platforms.length > 1) {
    const fault = file === undefined ? 'for several platforms at once' : 'and a file';
    throw new LadingError('USAGE', `Cannot build with buildpacks ${fault}`, {
      hint: file === undefined ? 'Build for each, and put them into an index.' : 'Leave out --file or --build-image.',
    });
  }
  const [order, sbomFolder] = [textOption(options, 'order'), textOption(options, 'sbomOutputDir')];
  return {
    ...{ context, buildImage, buildpacks, platform: platforms[0] },
    order: order === undefined ? undefined : await readOrder(order),
    runImage: textOption(options, 'runImage'),
    env: nameValues(listOption(options, 'buildEnv'), '--build-env', { fromEnvironment: true }),
    processType: textOption(options, 'defaultProcess'),
    execEnv: textOption(options, 'execEnv'),
    sbomFolder: sbomFolder === undefined ? undefined : resolve(sbomFolder),
  };
}

async function readOrder(path: string): Promise<BuildpacksRequest['order']> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new LadingError('FILE_UNREADABLE', `Cannot read the order ${path}`, { cause });
  });
  return (await import('@lading/builder')).parseOrder(text, basename(path));
}
