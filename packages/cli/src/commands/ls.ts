import { LadingError } from '@lading/errors';
import { familiarReference, isRegistryName, repositoryOf } from '@lading/oci';
import { type CommandModule, examples, type Result } from '../command.ts';
import type { Context } from '../context.ts';
import { type LocalImage, listLocal } from '../list-local.ts';
import { formatLocation, type Location, openPlace, parseLocation } from '../locations.ts';
import { openRegistryNamed, type RegistryOptions } from '../open-registry.ts';
import { printableLine } from '../printable.ts';
import { formatBytes } from '../progress.ts';
import { configureRegistry, registryNamed, registryOptions } from '../registries.ts';
import { formatDate, shortDigest, table } from '../table.ts';

export const command: CommandModule = {
  configure(command) {
    command
      .argument(
        '[repository]',
        'a repository in a registry, or a registry with a "/" at its end; local images unless given',
      )
      .option('--no-trunc', 'whole digests');
    configureRegistry(command);
    command.addHelpText(
      'after',
      examples(
        ['lading ls', 'the images on this machine'],
        ['lading ls local:app', 'those of one repository'],
        ['lading ls registry.example.org/app', 'the tags of a repository in a registry'],
        ['lading ls localhost:5000/', 'the repositories of a registry'],
        ['lading ls oci-archive:app.tar', 'what an archive or an OCI layout has'],
        ['lading ls --json | jq -r ".images[].reference"', 'for scripts'],
      ),
    );
  },

  async run(context, [place], options) {
    const whole = options.trunc === false;
    if (place === undefined) return localResult(await listLocal(await context.home(), context), whole);
    if (place.endsWith('/') && isRegistryName(place.slice(0, -1))) {
      return listRepositories(context, place.slice(0, -1), registryOptions(options));
    }
    const location = parseLocation(place);
    if (location.transport === 'local') {
      const images = await listLocal(await context.home(), context, repositoryOf(location.reference));
      const { tag } = location.reference;
      return localResult(tag === undefined ? images : images.filter((image) => image.tag === tag), whole);
    }
    if (location.transport === 'registry') return listTags(context, location, registryOptions(options));
    return listFile(context, location, whole);
  },
};

function localResult(images: readonly LocalImage[], whole: boolean): Result {
  const rows = images.map(({ name, tag, digest, size, created }) => [
    name,
    tag ?? '-',
    whole ? digest : shortDigest(digest),
    formatBytes(size),
    formatDate(created),
  ]);
  return { data: { images }, text: table(['NAME', 'TAG', 'DIGEST', 'SIZE', 'CREATED'], rows) };
}

async function listTags(
  context: Context,
  location: Extract<Location, { transport: 'registry' | 'local' }>,
  options: RegistryOptions,
): Promise<Result> {
  const { reference } = location;
  if (reference.tag !== undefined || reference.digest !== undefined) {
    const name = familiarReference({ registry: reference.registry, repository: reference.repository });
    throw new LadingError('USAGE', `Cannot list ${formatLocation(location)}: it names one image`, {
      hint: `List its repository with "lading ls ${name}", or look at it with "lading inspect ${formatLocation(location)}".`,
    });
  }
  const { repository, close } = await openPlace(context, location, options);
  try {
    const tags = (await Array.fromAsync(repository.references.tags({ signal: context.signal }))).map(printableLine);
    if (tags.length === 0) {
      throw new LadingError(
        'REFERENCE_NOT_FOUND',
        `Cannot list ${formatLocation(location)}: there is no such repository, or it has no tags`,
        {
          hint: `Check the name; "lading ls ${reference.registry}/" lists the repositories where the registry tells them.`,
        },
      );
    }
    return { data: { repository: repositoryOf(reference), tags }, text: tags.join('\n') };
  } finally {
    await close();
  }
}

async function listRepositories(context: Context, name: string, options: RegistryOptions): Promise<Result> {
  const registry = await openRegistryNamed(registryNamed(name), options);
  try {
    const repositories = (await Array.fromAsync(registry.catalog({ signal: context.signal }))).map(printableLine);
    return { data: { registry: registry.name, repositories }, text: repositories.join('\n') };
  } finally {
    await registry.close();
  }
}

async function listFile(context: Context, location: Location, whole: boolean): Promise<Result> {
  const { images = [], close } = await openPlace(context, location, {});
  try {
    const entries = images.map(({ descriptor: { digest, mediaType, size }, names }) => ({
      names,
      digest,
      mediaType,
      size,
    }));
    const rows = entries.map(({ names, digest, mediaType }) => [
      printableLine(names.join(', ')) || '-',
      whole ? digest : shortDigest(digest),
      printableLine(mediaType),
    ]);
    return {
      data: { location: formatLocation(location), images: entries },
      text: table(['NAME', 'DIGEST', 'TYPE'], rows),
    };
  } finally {
    await close();
  }
}
