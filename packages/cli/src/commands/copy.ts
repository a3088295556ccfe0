import { LadingError } from '@lading/errors';
import { familiarReference } from '@lading/oci';
import { writeArchive } from '../archive-output.ts';
import { type CommandModule, examples, flagOption, type Result } from '../command.ts';
import type { Context } from '../context.ts';
import {
  type FileLocation,
  formatLocation,
  formatResult,
  type Location,
  type OpenSource,
  openSource,
  openTarget,
  parseLocation,
  targetTag,
  transportsText,
} from '../locations.ts';
import { formatBytes } from '../progress.ts';
import { configureRegistry, registryOptions } from '../registries.ts';
import { configureTransfer, transfer, wantedPlatforms } from '../transfer.ts';

type Platforms = ReturnType<typeof wantedPlatforms>;

export const command: CommandModule = {
  configure(command) {
    command
      .argument('<source>', 'where the image is')
      .argument('<target>', "where it is to go; it keeps the source's tag unless another is given");
    configureTransfer(command, 'all, as they are; a docker-archive holds one');
    configureRegistry(command);
    command.addHelpText('after', `\nA source or target is one of:\n  ${transportsText}`);
    command.addHelpText(
      'after',
      examples(
        ['lading copy alpine registry.example.org/alpine', 'from registry to registry'],
        ['lading copy alpine oci:alpine', 'into a folder'],
        ['lading copy oci-archive:app.tar local:app', 'from an archive to this machine'],
        ['lading copy --platform linux/arm64 alpine docker-archive:alpine.tar', 'one platform into a file'],
        ['lading copy --referrers local:app registry.example.org/app', 'with signatures and SBOMs'],
      ),
    );
  },

  async run(context, [sourceText = '', targetText = ''], options) {
    const from = parseLocation(sourceText);
    const to = parseLocation(targetText);
    const platforms = wantedPlatforms(options);
    const referrers = flagOption(options, 'referrers');
    const source = await openSource(context, from, registryOptions(options));
    try {
      if (to.transport === 'oci-archive' || to.transport === 'docker-archive') {
        return await copyToArchive(context, { from, source }, to, platforms, referrers);
      }
      const tag = targetTag(to, source);
      const target = await openTarget(context, to, registryOptions(options));
      try {
        const { result, counts } = await transfer(context, source, target.repository, {
          to: tag,
          platforms: platforms ?? 'all',
          referrers,
          done: `copied ${formatLocation(from)}`,
        });
        const { digest, mediaType, size } = result.descriptor;
        if (to.transport === 'local' && tag === undefined) {
          await (await context.home()).catalog.pin(target.repository.name, digest);
        }
        const text = formatResult(to, digest);
        return {
          data: {
            reference: text,
            ...(tag === undefined ? {} : { tag }),
            digest,
            mediaType,
            size,
            transferred: counts,
          },
          text,
        };
      } finally {
        await target.close();
      }
    } finally {
      await source.close();
    }
  },
};

/** An archive is written from one end to the other, straight from the source. */
async function copyToArchive(
  context: Context,
  { from, source }: { from: Location; source: OpenSource },
  to: FileLocation,
  platforms: Platforms,
  referrers: boolean,
): Promise<Result> {
  const { openImage, saveDockerArchive, saveOciArchive } = await import('@lading/image');
  const { signal } = context;
  const docker = to.transport === 'docker-archive';
  if ((platforms === 'all' && docker) || (platforms !== 'all' && (platforms?.length ?? 0) > 1)) {
    throw new LadingError('USAGE', `Cannot write several platforms to ${formatLocation(to)}`, {
      hint: docker
        ? 'A docker-archive holds one; use oci-archive:, or name one platform.'
        : 'Take all platforms, or one; or copy to an oci: folder.',
    });
  }
  const [platform] = platforms === 'all' ? [] : (platforms ?? []);
  const only = docker || platform !== undefined;
  const { descriptor } = only ? await openImage(source.repository, source.descriptor, { platform, signal }) : source;
  const names = docker ? dockerNames(from, source, to) : [targetTag(to, source) ?? []].flat();
  const images = [{ from: descriptor, names }];
  const bytes = docker
    ? saveDockerArchive(source.repository, images, { signal })
    : saveOciArchive(source.repository, images, { referrers, signal });
  const size = await writeArchive(context, to.path, bytes);
  context.progress.log(`copied ${formatLocation(from)} to ${to.path}, ${formatBytes(size)}`);
  // A docker-archive has no manifests: whoever reads it makes new ones, so the digest would not be found there.
  const [name] = names;
  const text = docker
    ? formatLocation({ ...to, ...(name === undefined ? {} : { name }) })
    : formatResult(to, descriptor.digest);
  const { digest, mediaType } = descriptor;
  return {
    data: { reference: text, names, digest, mediaType, size: descriptor.size, path: to.path, bytes: size },
    text,
  };
}

/** A docker-archive has whole names: the one that was given, else what the image is called where it comes from. */
function dockerNames(from: Location, source: OpenSource, to: FileLocation): string[] {
  const tag = targetTag(to, source);
  if (to.name !== undefined) return [to.name];
  if (tag === undefined || source.byDigest) return [];
  if (!('reference' in from)) return source.tag === tag || source.tag === undefined ? [] : [source.tag];
  const { registry, repository } = from.reference;
  return [familiarReference({ registry, repository, tag })];
}
