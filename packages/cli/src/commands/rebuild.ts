import type { RebuildInputs, Rebuilt } from '@lading/builder';
import { LadingError } from '@lading/errors';
import { parseReference } from '@lading/oci';
import { openBuildView } from '../build/build-view.ts';
import { nameValues } from '../build/name-values.ts';
import { configureProgress, progressOf } from '../build/progress-options.ts';
import { recipeContexts } from '../build/recipe-contexts.ts';
import { remoteAccessOf } from '../build/remote-access.ts';
import { entitlementOf } from '../build/run-options.ts';
import { parseSecret, parseSsh } from '../build/secret-options.ts';
import { contextOf } from '../build/source-options.ts';
import { type CommandModule, collectValues, examples, listOption, type OptionValues, textOption } from '../command.ts';
import { configureFind, type FoundImage, findImage, imageIn } from '../find-image.ts';
import { findOrPull } from '../local-image.ts';
import { formatLocation } from '../locations.ts';
import { openRegistryOf } from '../open-registry.ts';
import { differenceText } from '../rebuild/difference-text.ts';
import { registryOptions } from '../registries.ts';

/** Verification failed. */
const differs = 7;
/** What is rebuilt gets no name. */
const unnamed = 'localhost/rebuilt';

export const command: CommandModule = {
  configure(command) {
    command
      .argument('<image>', 'one with provenance, on this machine, else in its registry')
      .option('--context <place>', 'the build context, where that was a folder: one with the same files')
      .option('--build-context <name=place>', 'a named context that was a folder; may be repeated', collectValues)
      .option('--build-arg <name=value>', 'an ARG that provenance leaves out as secret; may be repeated', collectValues)
      .option('--secret <id=ID,src=PATH|env=NAME>', 'what a step asks for; may be repeated', collectValues)
      .option('--ssh <default|ID[=SOCKET|KEYS]>', 'what a step asks for; may be repeated', collectValues)
      .option('--allow <entitlement>', 'a right that the image was built with; may be repeated', collectValues);
    configureProgress(command);
    configureFind(command);
    command.addHelpText(
      'after',
      examples(
        ['lading rebuild app --context .', 'whether this folder still gives the image; exits with 7 if not'],
        ['lading rebuild registry.example.org/app:1.0', 'one that was built from a git repository'],
        ['lading rebuild --json app --context .', 'every difference'],
      ),
    );
  },

  async run(context, [name = ''], options) {
    const found = await findImage(context, name, options);
    try {
      const rebuilt = await rebuild(context, found, options);
      const { equal, digest } = rebuilt;
      const what = formatLocation(found.location);
      const text = equal
        ? `${what} was built again and is the same: ${digest}`
        : `${what} is not what was built again:\n${differenceText(rebuilt.differences, 40)}`;
      return { data: rebuilt, text, exitCode: equal ? 0 : differs };
    } finally {
      await found.source.close();
    }
  },
};

async function rebuild(
  context: Parameters<CommandModule['run']>[0],
  found: FoundImage,
  options: OptionValues,
): Promise<Rebuilt> {
  const { dockerfileBuildType, findProvenance, rebuildImage } = await import('@lading/builder');
  const { signal } = context;
  const image = imageIn(found);
  const { document, source } = found;
  const index = document.kind === 'index' ? document : undefined;
  const provenance = await findProvenance(source.repository, image.descriptor, {
    ...{ index, signal },
    buildType: dockerfileBuildType,
  });
  if (provenance === undefined) {
    throw new LadingError(
      'PROVENANCE_NOT_FOUND',
      `Cannot rebuild ${formatLocation(found.location)}: nothing says how it was built`,
      {
        hint: '"lading build" attaches provenance; copy it along with --referrers.',
      },
    );
  }
  const home = await context.home();
  const registry = registryOptions(options);
  home.fetchWith((reference) => openRegistryOf(reference, registry));
  const output = home.repository(unnamed);
  const inputs = inputsOf(options);
  using view = openBuildView(context.progress, { mode: progressOf(context, options), explain: false });
  return rebuildImage(
    { image, provenance, ...inputs },
    {
      output,
      cacheFolder: home.cacheFolder,
      snapshots: () => home.snapshots(),
      resolveBase: (base, platform) => findOrPull(context, parseReference(base), { platform, lazy: true, ...registry }),
      resolveContext: recipeContexts({ output, cacheFolder: home.cacheFolder, onEvent: view.onEvent }),
      ...remoteAccessOf(inputs),
      onEvent: view.onEvent,
    },
    { signal },
  );
}

function inputsOf(options: OptionValues): RebuildInputs {
  const context = textOption(options, 'context');
  return {
    context: context === undefined ? undefined : contextOf(context),
    contexts: nameValues(listOption(options, 'buildContext'), '--build-context'),
    buildArgs: nameValues(listOption(options, 'buildArg'), '--build-arg', { fromEnvironment: true }),
    secrets: new Map(listOption(options, 'secret').map(parseSecret)),
    ssh: new Map(listOption(options, 'ssh').map(parseSsh)),
    allow: new Set(listOption(options, 'allow').map(entitlementOf)),
  };
}
