import { summaryLine, summaryOf } from '../build/build-summary.ts';
import { buildpacksOf, configureBuildpacks } from '../build/buildpacks-options.ts';
import { exportCacheMounts, importCacheMounts } from '../build/cache-mounts.ts';
import { cacheOf, configureCache } from '../build/cache-options.ts';
import { commonOf } from '../build/common-request.ts';
import { deliver, writeRecords } from '../build/deliver.ts';
import { fromBuildpacks } from '../build/from-buildpacks.ts';
import { fromDockerfile } from '../build/from-dockerfile.ts';
import { fromRecipe } from '../build/from-recipe.ts';
import { assertTaken } from '../build/frontend-options.ts';
import { configureImage, imageOf } from '../build/image-options.ts';
import { onErrorOf } from '../build/on-error.ts';
import { configureOutput, outputOf } from '../build/output-options.ts';
import { configureProgress } from '../build/progress-options.ts';
import { configureProvenance, provenanceOf } from '../build/provenance-options.ts';
import { configureRecipe, recipeOf } from '../build/recipe-options.ts';
import { configureRun, runOf, scrubOf } from '../build/run-options.ts';
import { configureSource, sourceOf } from '../build/source-options.ts';
import { type CommandModule, examples } from '../command.ts';
import { configureRegistry } from '../registries.ts';

/** Where an image lies that was given no name. */
const unnamed = 'localhost/untagged';

export const command: CommandModule = {
  configure(command) {
    command.optionsGroup('What to build:');
    configureSource(command);
    command.optionsGroup('The image:');
    configureImage(command);
    command.optionsGroup('Where it goes:');
    configureOutput(command);
    configureProvenance(command);
    command.optionsGroup('The cache:');
    configureCache(command);
    command.optionsGroup('Steps:');
    configureRun(command);
    configureProgress(command);
    command.optionsGroup('Recipes:');
    configureRecipe(command);
    command.optionsGroup('Buildpacks:');
    configureBuildpacks(command);
    command.optionsGroup('Registries:');
    configureRegistry(command);
    command.addHelpText(
      'after',
      examples(
        ['lading build -t app .', 'build the Dockerfile in this folder'],
        ['lading build -f image.yaml -t base:bookworm .', 'build a base image from Debian packages'],
        ['lading build --build-image builder:base -t app .', 'build with buildpacks'],
        ['lading build --target test --build-arg VERSION=2 .', 'stop at a stage, set an ARG'],
        ['lading build --platform linux/amd64,linux/arm64 -t registry.example.org/app --push .', 'an index, pushed'],
        ['lading build -o out .', 'the files of the image in a folder'],
        ['lading build -o type=oci,dest=app.tar -t app .', 'an archive for skopeo, podman, lading load'],
        ['SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) lading build .', 'date the files to the commit'],
      ),
    );
  },

  async run(context, args, options) {
    const started = performance.now();
    const { outputs, request: asked } = outputOf(options, context.json);
    const request = {
      ...sourceOf(options, args),
      ...(await imageOf(options)),
      ...asked,
      ...cacheOf(options),
      ...runOf(options),
      ...(await scrubOf(options)),
      ...onErrorOf(context, options),
    };
    provenanceOf(options); // refuses before anything is built
    const home = await context.home();
    const [name] = outputs.kept ? outputs.names : [];
    const repository = name === undefined ? home.repository(unnamed) : home.repositoryOf(name);
    const { file } = request;
    const common = commonOf(request);
    const buildpacks = await buildpacksOf(options, request);
    const isRecipe = buildpacks === undefined && file !== undefined && /\.ya?ml$/.test(file);
    assertTaken(buildpacks !== undefined ? 'buildpacks' : isRecipe ? 'recipe' : 'Dockerfile', options);
    await importCacheMounts(context, home, options);
    const result =
      buildpacks !== undefined
        ? await fromBuildpacks(context, home, { ...buildpacks, ...common }, options, {
            repository: repository.name,
            name,
          })
        : isRecipe
          ? await fromRecipe(
              context,
              home,
              { file, platforms: request.platforms, ...common, ...recipeOf(options) },
              options,
              repository.name,
            )
          : await fromDockerfile(context, home, request, options, repository.name);
    await exportCacheMounts(context, home, options);
    const milliseconds = performance.now() - started;
    context.progress.log(summaryLine(result, outputs.names, milliseconds));
    const summary = summaryOf(result, outputs.names, milliseconds);
    await writeRecords(result, summary, outputs);
    await deliver(context, home, { result, repository }, outputs, options);
    return outputs.files.some(({ dest }) => dest === '-')
      ? { data: undefined }
      : { data: summary, text: result.manifest.digest };
  },
};
