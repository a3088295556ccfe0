import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { BuildResult, RecipeResult } from '@lading/builder';
import { LadingError } from '@lading/errors';
import { familiarReference, parsePlatform, parseReference, type Reference } from '@lading/oci';
import { createBuildLog } from '../build-log.ts';
import {
  type CommandModule,
  collectValues,
  examples,
  flagOption,
  listOption,
  type OptionValues,
  type Result,
  textOption,
} from '../command.ts';
import type { Context } from '../context.ts';
import type { Home } from '../home.ts';
import { findOrPull } from '../local-image.ts';
import { formatBytes, formatDuration } from '../progress.ts';
import { configureRegistry, registryOptions } from '../registries.ts';

/** Where an image lies that was given no name. */
const unnamed = 'localhost/untagged';

export const command: CommandModule = {
  configure(command) {
    configureRegistry(command);
    command
      .argument('[context]', 'the folder that COPY and ADD read from', '.')
      .option('-f, --file <path>', 'the Dockerfile, or a recipe (*.yaml); Dockerfile in the context where absent')
      .option('-t, --tag <name>', 'name the image; may be repeated', collectValues)
      .option('--target <stage>', 'the stage to build; the last where absent')
      .option(
        '--build-arg <name=value>',
        'set an ARG; without =value, from the environment; may be repeated',
        collectValues,
      )
      .option('--label <name=value>', 'add a label; may be repeated', collectValues)
      .option('--annotation <name=value>', 'add an annotation to the manifest; may be repeated', collectValues)
      .option('--platform <platform>', 'what the image is for, such as linux/arm64')
      .option('--pull', 'ask registries for base images even when they are here')
      .option('--no-cache', 'run every step again')
      .option('--workers <n>', 'steps, or downloads, at a time')
      .option('--lock <mode>', 'of a recipe: use, update or require its lock file')
      .option('--iidfile <path>', 'write the digest of the config to a file')
      .option('--metadata-file <path>', 'write what was built to a file, as JSON')
      .option('--push', 'send it to its registry when it is built')
      .addHelpText(
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
    const folder = resolve(args[0] ?? '.');
    const tags = listOption(options, 'tag').map((text) => parseReference(text));
    const [first] = tags;
    const home = await context.home();
    const output = first === undefined ? home.repository(unnamed) : home.repositoryOf(first);
    const file = textOption(options, 'file');
    const isRecipe = file !== undefined && /\.ya?ml$/.test(file);
    const result = isRecipe
      ? await fromRecipe(context, home, resolve(file), options, output.name)
      : await fromDockerfile(context, home, folder, file, options, output.name);
    await tagAll(home, result, tags, output.name);
    await writeFiles(result, tags, options);
    const milliseconds = performance.now() - started;
    const size = result.layers.reduce((sum, layer) => sum + layer.size, 0);
    const cached = result.steps.filter((step) => step.cached).length;
    context.progress.log(
      `built ${tags.map(familiarReference).join(', ') || 'an image without a name'} in ${formatDuration(milliseconds)}: ` +
        `${result.layers.length} layers, ${formatBytes(size)}, ${cached} of ${result.steps.length} steps from the cache`,
    );
    if (flagOption(options, 'push')) await pushAll(context, tags, options);
    return resultOf(result, tags, milliseconds);
  },
};

async function fromDockerfile(
  context: Context,
  home: Home,
  folder: string,
  file: string | undefined,
  options: OptionValues,
  repository: string,
): Promise<BuildResult> {
  const { build } = await import('@lading/builder');
  const platform = textOption(options, 'platform');
  const log = createBuildLog(context.progress);
  return build(
    {
      context: folder,
      file: file === undefined ? undefined : resolve(file),
      target: textOption(options, 'target'),
      buildArgs: pairs(listOption(options, 'buildArg'), '--build-arg', true),
      labels: pairs(listOption(options, 'label'), '--label'),
      annotations: annotationsOf(options),
      platform: platform === undefined ? undefined : parsePlatform(platform),
      noCache: options.cache === false,
      workers: workersOf(options),
    },
    {
      output: home.repository(repository),
      cacheFolder: home.cacheFolder,
      snapshots: () => home.snapshots(),
      resolveBase: (name, wanted) =>
        findOrPull(context, parseReference(name), {
          platform: wanted,
          pull: flagOption(options, 'pull') ? 'always' : 'missing',
          ...registryOptions(options),
        }),
      onEvent: log,
    },
    { signal: context.signal },
  );
}

async function fromRecipe(
  context: Context,
  home: Home,
  file: string,
  options: OptionValues,
  repository: string,
): Promise<RecipeResult> {
  const { buildRecipe } = await import('@lading/builder');
  const lock = textOption(options, 'lock');
  if (lock !== undefined && lock !== 'use' && lock !== 'update' && lock !== 'require') {
    throw new LadingError('USAGE', `Cannot use --lock ${lock}: it is use, update or require`);
  }
  const result = await buildRecipe(
    {
      file,
      lock,
      labels: pairs(listOption(options, 'label'), '--label'),
      annotations: annotationsOf(options),
      noCache: options.cache === false,
      workers: workersOf(options),
    },
    {
      output: home.repository(repository),
      cacheFolder: home.cacheFolder,
      onProgress: ({ step, done, total, bytes, name }) =>
        context.progress.update(
          'recipe',
          bytes ? step : `${step} ${name} (${done} of ${total})`,
          bytes ? done : 0,
          bytes ? total : undefined,
        ),
    },
    { signal: context.signal },
  );
  context.progress.finish('recipe');
  if (result.lock !== 'kept')
    context.progress.log(
      `lock ${result.lock}: ${result.lockFile} (${result.packages.length} packages); commit it with the recipe`,
    );
  return result;
}

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

async function writeFiles(result: BuildResult, tags: readonly Reference[], options: OptionValues): Promise<void> {
  const files = [
    [textOption(options, 'iidfile'), result.config],
    [textOption(options, 'metadataFile'), `${JSON.stringify(resultOf(result, tags, 0).data, undefined, 2)}\n`],
  ] as const;
  for (const [path, text] of files) {
    if (path === undefined) continue;
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
}

function resultOf(result: BuildResult, tags: readonly Reference[], milliseconds: number): Result {
  const { manifest, config, layers, platform, epoch, steps } = result;
  return {
    data: {
      digest: manifest.digest,
      mediaType: manifest.mediaType,
      config,
      tags: tags.map(familiarReference),
      platform,
      epoch,
      layers: layers.map(({ digest, size }) => ({ digest, size })),
      steps: steps.map(({ title, line, cached, durationMs, layer }) => ({
        title,
        line,
        cached,
        durationMs: Math.round(durationMs),
        layer: layer?.digest,
      })),
      durationMs: Math.round(milliseconds),
    },
    text: manifest.digest,
  };
}

function workersOf(options: OptionValues): number | undefined {
  const text = textOption(options, 'workers');
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new LadingError('USAGE', `Cannot use --workers ${text}: it is a number from 1 up`);
}

function annotationsOf(options: OptionValues): Readonly<Record<string, string>> | undefined {
  const list = listOption(options, 'annotation');
  return list.length === 0 ? undefined : pairs(list, '--annotation');
}

/** `NAME=value` options as a record. Where allowed, a bare NAME takes its value from the environment, or is left out. */
function pairs(list: readonly string[], option: string, fromEnvironment = false): Record<string, string> {
  const result: Record<string, string> = {};
  for (const text of list) {
    const equals = text.indexOf('=');
    const name = equals < 0 ? text : text.slice(0, equals);
    const value = equals < 0 ? (fromEnvironment ? process.env[name] : undefined) : text.slice(equals + 1);
    if (name === '' || (equals < 0 && !fromEnvironment)) {
      throw new LadingError('USAGE', `Cannot use ${option} ${text}: it is of the form NAME=VALUE`);
    }
    if (value !== undefined) result[name] = value;
  }
  return result;
}
