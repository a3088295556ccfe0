import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { BuildResult } from '@lading/builder';
import { LadingError } from '@lading/errors';
import { familiarReference, type Reference } from '@lading/oci';
import { summaryLine, summaryOf } from '../build/build-summary.ts';
import { cacheOf, configureCache } from '../build/cache-options.ts';
import { fromDockerfile } from '../build/from-dockerfile.ts';
import { fromRecipe } from '../build/from-recipe.ts';
import { configureImage, imageOf, tagsOf } from '../build/image-options.ts';
import { type BuildOutputs, configureOutput, outputOf } from '../build/output-options.ts';
import { configureRecipe, recipeOf } from '../build/recipe-options.ts';
import { configureRun, runOf } from '../build/run-options.ts';
import { configureSource, sourceOf } from '../build/source-options.ts';
import { type CommandModule, examples, type OptionValues } from '../command.ts';
import type { Context } from '../context.ts';
import type { Home } from '../home.ts';
import { configureRegistry } from '../registries.ts';

/** Where an image lies that was given no name. */
const unnamed = 'localhost/untagged';

export const command: CommandModule = {
  configure(command) {
    configureSource(command);
    configureImage(command);
    configureOutput(command);
    configureCache(command);
    configureRun(command);
    configureRecipe(command);
    configureRegistry(command);
    command.addHelpText(
      'after',
      examples(
        ['lading build -t app .', 'build the Dockerfile in this folder'],
        ['lading build -f image.yaml -t base:bookworm .', 'build a base image from Debian packages'],
        ['lading build --target test --build-arg VERSION=2 .', 'stop at a stage, set an ARG'],
        ['SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) lading build .', 'date the files to the commit'],
      ),
    );
  },

  async run(context, args, options) {
    const started = performance.now();
    const tags = tagsOf(options);
    const outputs = outputOf(options);
    const [first] = tags;
    const home = await context.home();
    const output = first === undefined ? home.repository(unnamed) : home.repositoryOf(first);
    const request = { ...sourceOf(options, args), ...imageOf(options), ...cacheOf(options), ...runOf(options) };
    const { file, labels, annotations, noCache, workers } = request;
    const result =
      file !== undefined && /\.ya?ml$/.test(file)
        ? await fromRecipe(
            context,
            home,
            { file, labels, annotations, noCache, workers, ...recipeOf(options) },
            output.name,
          )
        : await fromDockerfile(context, home, request, options, output.name);
    await tagAll(home, result, tags, output.name);
    await writeFiles(result, tags, outputs);
    const milliseconds = performance.now() - started;
    context.progress.log(summaryLine(result, tags, milliseconds));
    if (outputs.push) await pushAll(context, tags, options);
    return { data: summaryOf(result, tags, milliseconds), text: result.manifest.digest };
  },
};

async function tagAll(home: Home, result: BuildResult, tags: readonly Reference[], built: string): Promise<void> {
  const { copy } = await import('@lading/image');
  for (const tag of tags) {
    // Repositories share content here, so this records the manifest under the other name and moves no bytes.
    await copy(home.repository(built), home.repositoryOf(tag), {
      from: result.manifest.digest,
      to: tag.tag ?? 'latest',
    });
  }
}

async function pushAll(context: Context, tags: readonly Reference[], options: OptionValues): Promise<void> {
  if (tags.length === 0)
    throw new LadingError('USAGE', 'Cannot push: the image has no name', { hint: 'Name it with --tag.' });
  const { command: push } = await import('./push.ts');
  const { plainHttp, tlsVerify, certDir } = options;
  for (const tag of tags) await push.run(context, [familiarReference(tag)], { plainHttp, tlsVerify, certDir });
}

async function writeFiles(result: BuildResult, tags: readonly Reference[], outputs: BuildOutputs): Promise<void> {
  const files = [
    [outputs.idFile, result.images.length === 1 ? (result.images[0]?.config ?? '') : result.manifest.digest],
    [outputs.metadataFile, `${JSON.stringify(summaryOf(result, tags, 0), undefined, 2)}\n`],
  ] as const;
  for (const [path, text] of files) {
    if (path === undefined) continue;
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
}
