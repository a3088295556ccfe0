import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { LadingError, messageOf } from '@lading/errors';
import type { LayoutRoot, TrustFile } from '@lading/image';
import { familiarReference } from '@lading/oci';
import { assertTakesArchive, watched, writeArchive } from '../archive-output.ts';
import { bundleData, bundleSummary } from '../bundle-text.ts';
import { type CommandModule, collectValues, examples, flagOption, listOption, textOption } from '../command.ts';
import { formatResult, type Location, type OpenSource, openSource, parseLocation } from '../locations.ts';
import { formatBytes } from '../progress.ts';
import { configureRegistry, registryOptions } from '../registries.ts';
import { wantedPlatforms } from '../transfer.ts';

export const command: CommandModule = {
  configure(command) {
    command
      .argument('<images...>', 'local images, or locations as in "lading copy"')
      .option('-o, --output <file>', 'the file; "-" is stdout', '-')
      .option('--remote', 'names are of images in their registries, which are not kept here')
      .option(
        '--platform <platform>',
        'of an index only this, as in linux/arm64; repeat for several (all unless told); the index stays as it is',
        collectValues,
      )
      .option(
        '--trust <file>',
        'what verifiers need offline: a public key, certificate, trusted root or policy',
        collectValues,
      );
    configureRegistry(command);
    command.addHelpText(
      'after',
      `\nWrites a tar of an OCI layout with the images, all that refers to them (signatures, SBOMs, attestations, also\nunder cosign's tags) and a list of what is in it, so that "lading import" can tell that nothing is missing.\n${examples(
        ['lading export -o app.tar app:1.0', 'an image with all that is known of it'],
        ['lading export --remote -o app.tar registry.example.org/app:1.0', 'straight from its registry'],
        ['lading export --trust cosign.pub -o app.tar app:1.0', 'with the key that its signatures are checked with'],
        ['lading export app:1.0 | ssh host lading import -', 'through a pipe'],
      )}`,
    );
  },

  async run(context, names, options) {
    const path = textOption(options, 'output') ?? '-';
    assertTakesArchive(path, context.json);
    const { signal } = context;
    const wanted = wantedPlatforms(options);
    const platforms = wanted === 'all' ? undefined : wanted;
    const trust = await Promise.all(listOption(options, 'trust').map(readTrustFile));
    const { planBundle, writeBundle } = await import('@lading/image');

    const sources: { location: Location; source: OpenSource }[] = [];
    try {
      for (const name of names) {
        const location = parseLocation(name, flagOption(options, 'remote') ? 'registry' : 'local');
        sources.push({ location, source: await openSource(context, location, registryOptions(options)) });
      }
      const plan = await planBundle(
        sources.map(({ location, source }) => rootOf(location, source)),
        { platforms, trust, signal },
      );
      const bytes = writeBundle(plan, { signal });
      if (path === '-') {
        await context.stream(watched(context, 'bundle', bytes));
        return { data: undefined };
      }
      const size = await writeArchive(context, path, bytes);
      context.progress.log(`exported to ${path}, ${formatBytes(size)}: ${bundleSummary(plan.contents)}`);
      return {
        data: { path, bytes: size, ...bundleData(plan.contents) },
        text: sources.map(({ location, source }) => formatResult(location, source.descriptor.digest)).join('\n'),
      };
    } finally {
      for (const { source } of sources) await source.close();
    }
  },
};

/** What an image is called in the bundle: as people write it, so that it has the same name wherever it is imported. */
function rootOf(location: Location, { repository, descriptor, tag, byDigest }: OpenSource): LayoutRoot {
  const root = { repository, from: descriptor };
  if (!('reference' in location)) {
    const [, prefix] = /^(.*):[^/]*$/.exec(tag ?? '') ?? [];
    return { ...root, names: tag === undefined ? [] : [tag], repositoryName: prefix };
  }
  const { registry, repository: name } = location.reference;
  const named = byDigest || tag === undefined ? [] : [familiarReference({ registry, repository: name, tag })];
  return { ...root, names: named, repositoryName: familiarReference({ registry, repository: name }) };
}

async function readTrustFile(path: string): Promise<TrustFile> {
  const { trustFile } = await import('@lading/image');
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    const absent = cause.code === 'ENOENT';
    throw new LadingError(
      absent ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE',
      `Cannot read trust file ${path}: ${absent ? 'it does not exist' : messageOf(cause)}`,
      { hint: 'Name a public key, a certificate, a trusted root or a policy.', cause },
    );
  });
  return trustFile(basename(path), bytes);
}
