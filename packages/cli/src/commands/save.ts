import { LadingError } from '@lading/errors';
import { familiarReference, parsePlatform, parseReference } from '@lading/oci';
import { assertTakesArchive, watched, writeArchive } from '../archive-output.ts';
import { type CommandModule, examples, textOption } from '../command.ts';
import { formatResult, openSource } from '../locations.ts';
import { formatBytes } from '../progress.ts';

export const command: CommandModule = {
  configure(command) {
    command
      .argument('<images...>', 'local images')
      .option('-o, --output <file>', 'the archive; "-" is stdout', '-')
      .option('--format <format>', '"docker", as docker save writes it, or "oci", with every byte as it is', 'docker')
      .option('--platform <platform>', 'which image of an index, as in linux/arm64')
      .addHelpText(
        'after',
        examples(
          ['lading save -o app.tar app:1.0', 'for docker load, podman load, lading load'],
          ['lading save --format oci -o app.tar app:1.0', 'a tar of an OCI layout: same digests, all platforms'],
          ['lading save app:1.0 alpine | ssh host docker load', 'several images, through a pipe'],
        ),
      );
  },

  async run(context, names, options) {
    const path = textOption(options, 'output') ?? '-';
    const format = textOption(options, 'format') ?? 'docker';
    const platformText = textOption(options, 'platform');
    check(path, format, context.json);
    const { openImage, saveDockerArchive, saveOciArchive } = await import('@lading/image');
    const { signal } = context;
    const platform = platformText === undefined ? undefined : parsePlatform(platformText);

    const sources = [];
    for (const name of names) {
      const reference = parseReference(name, { defaultTag: null });
      const location = { transport: 'local', reference } as const;
      const source = await openSource(context, location);
      const only = format === 'docker' || platform !== undefined;
      const { descriptor } = only
        ? await openImage(source.repository, source.descriptor, { platform, signal })
        : source;
      const { registry, repository } = reference;
      const tag = source.byDigest ? undefined : source.tag;
      const saved = tag === undefined ? [] : [familiarReference({ registry, repository, tag })];
      sources.push({ location, repository: source.repository, from: descriptor, names: saved });
    }
    // All local images lie in one content store, so any repository can read all of them by descriptor.
    const repository = sources[0]!.repository;
    const bytes =
      format === 'docker'
        ? saveDockerArchive(repository, sources, { signal })
        : saveOciArchive(repository, sources, { signal });

    if (path === '-') {
      await context.stream(watched(context, 'archive', bytes));
      return { data: undefined };
    }
    const size = await writeArchive(context, path, bytes);
    context.progress.log(
      `saved ${sources.length === 1 ? names[0] : `${sources.length} images`} to ${path}, ${formatBytes(size)}`,
    );
    return {
      data: { path, bytes: size, format, images: sources.map(({ from, names }) => ({ names, digest: from.digest })) },
      text: sources.map(({ location, from }) => formatResult(location, from.digest)).join('\n'),
    };
  },
};

function check(path: string, format: string, json: boolean): void {
  if (format !== 'docker' && format !== 'oci') {
    throw new LadingError('USAGE', `Cannot save as ${JSON.stringify(format)}: there is no such format`, {
      hint: 'Formats are docker and oci.',
    });
  }
  assertTakesArchive(path, json);
}
