import { formatReference, isIndexType, parseReference } from '@lading/oci';
import type { Repository } from '@lading/store';
import { type CommandModule, examples, flagOption } from '../command.ts';
import type { Context } from '../context.ts';
import { formatLocation, formatResult, type OpenSource, openSource } from '../locations.ts';
import { configureRegistry, registryOptions } from '../registries.ts';
import { configureTransfer, ownPlatform, transfer, wantedPlatforms } from '../transfer.ts';

export const command: CommandModule = {
  configure(command) {
    command.argument('<image>', 'an image in a registry: alpine, registry.example.org/app:1.0, app@sha256:…');
    configureTransfer(command, "this machine's");
    configureRegistry(command);
    command.addHelpText(
      'after',
      examples(
        ['lading pull alpine', 'docker.io/library/alpine:latest, for this machine'],
        ['lading pull registry.example.org/app:1.0', 'from another registry'],
        ['lading pull app@sha256:…', 'exactly this, without a local tag'],
        ['lading pull --platform linux/arm64 alpine', 'for another machine'],
        ['lading pull --all-platforms --referrers app', 'everything there is of it'],
      ),
    );
  },

  async run(context, [image = ''], options) {
    const reference = parseReference(image, { defaultTag: null });
    const platforms = wantedPlatforms(options);
    const location = { transport: 'registry', reference } as const;
    const source = await openSource(context, location, registryOptions(options));
    try {
      const target = (await context.home()).repositoryOf(reference);
      // A tag beside a digest is a note: whether the tag points there is not known, so it is not recorded.
      const tag = source.byDigest ? undefined : source.tag;
      const { result, counts } = await transfer(context, source, target, {
        to: tag,
        platforms: platforms ?? ownPlatform(source),
        referrers: flagOption(options, 'referrers'),
        done: `pulled ${formatLocation(location)}`,
      });
      if (source.byDigest) await keepIndex(context, source, target);
      const { digest, mediaType, size } = source.byDigest ? source.descriptor : result.descriptor;
      const { registry, repository } = reference;
      const name = formatReference({ registry, repository, ...(tag === undefined ? { digest } : { tag }) });
      return {
        data: { reference: name, digest, mediaType, size, transferred: counts },
        text: formatResult(location, digest),
      };
    } finally {
      await source.close();
    }
  },
};

/** What was asked for by the digest of an index can be found by that digest again, with those of its images that are here. */
async function keepIndex(context: Context, { repository, descriptor }: OpenSource, target: Repository): Promise<void> {
  const { signal } = context;
  if (!isIndexType(descriptor.mediaType) || (await target.references.resolve(descriptor.digest, { signal }))) return;
  const [{ readManifest }, { put }] = await Promise.all([import('@lading/image'), import('@lading/store')]);
  const { bytes } = await readManifest(repository.content, descriptor, { signal });
  await put(target.content, bytes, descriptor, { signal });
  await target.references.record(descriptor, bytes, { signal });
}
