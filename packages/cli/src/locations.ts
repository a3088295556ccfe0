import { join } from 'node:path';
import { isLadingError, LadingError, nearest } from '@lading/errors';
import {
  type Descriptor,
  type Digest,
  familiarReference,
  formatReference,
  isDigest,
  isTag,
  parseReference,
  type Reference,
  repositoryOf,
} from '@lading/oci';
import type { Repository } from '@lading/store';
import type { Context } from './context.ts';
import { canonical, type ListedImage, layoutImages, pickImage } from './listed-images.ts';
import { openRegistryOf, type RegistryOptions } from './open-registry.ts';

/** Where an image is, or is to go. */
export type Location =
  /** A tag is there only when it was written. */
  { readonly transport: 'registry' | 'local'; readonly reference: Reference } | FileLocation;

export interface FileLocation {
  readonly transport: 'oci' | 'oci-archive' | 'docker-archive';
  readonly path: string;
  /** The tag or name inside; absent: the only image, or a new one without a name. */
  readonly name?: string;
  readonly digest?: Digest;
}

/** For help and hints. */
export const transportsText = `NAME[:TAG][@DIGEST]          a registry, as in registry.example.org/app:1.0
  local:NAME[:TAG]             the images on this machine
  oci:FOLDER[:TAG]             a folder in the OCI image layout
  oci-archive:FILE[:TAG]       a tar of such a folder
  docker-archive:FILE[:NAME]   what "docker save" writes`;

const fileTransports = ['oci', 'oci-archive', 'docker-archive'] as const;
const transports: readonly string[] = ['local', ...fileTransports];
/** Of other programs; here they would be read as image names with strange tags. */
const foreignTransports: readonly string[] = [
  'docker',
  'docker-daemon',
  'containers-storage',
  'dir',
  'ostree',
  'sif',
  'tarball',
];

/**
 * Reads a location. What starts with a transport and ":" is of that transport, anything else names an image of `plain`. As skopeo has it,
 * the path of a folder or file ends at the first ":". Throws USAGE, REFERENCE_INVALID, DIGEST_INVALID.
 */
export function parseLocation(text: string, plain: 'registry' | 'local' = 'registry'): Location {
  const colon = text.indexOf(':');
  const prefix = colon < 0 ? '' : text.slice(0, colon);
  const rest = text.slice(colon + 1);
  if (prefix === 'local') return { transport: 'local', reference: parseReference(rest, { defaultTag: null }) };
  const transport = fileTransports.find((name) => name === prefix);
  if (transport !== undefined) return parseFileLocation(transport, rest, text);
  const near = prefix.includes('-') ? nearest(prefix, transports) : undefined;
  const foreign = foreignTransports.includes(prefix) && !isTag(rest);
  if (foreign || near !== undefined || /^[a-z][a-z-]*:\.{0,2}\//.test(text)) {
    throw new LadingError('USAGE', `Cannot parse location ${JSON.stringify(text)}: there is no transport "${prefix}"`, {
      hint: near === undefined ? transportsHint : `Did you mean "${near}:${rest}"? ${transportsHint}`,
    });
  }
  if (/^(?:\/|\.{1,2}(?:\/|$)|~\/)/.test(text)) {
    throw new LadingError('USAGE', `Cannot parse location ${JSON.stringify(text)}: a path needs a transport`, {
      hint: `Write docker-archive:${text} for what "docker save" writes, oci-archive:${text}, or oci:${text} for a folder.`,
    });
  }
  return { transport: plain, reference: parseReference(text, { defaultTag: null }) };
}

const transportsHint = `Transports are ${transports.map((name) => `${name}:`).join(', ')}; a name without one is in a registry.`;

function parseFileLocation(transport: FileLocation['transport'], rest: string, text: string): FileLocation {
  const [, path = '', name, digest] = /^([^:]*?)(?::(?!.*@)(.*)|@(.*))?$/s.exec(rest) ?? [];
  if (path === '' || name === '') {
    const fault = path === '' ? 'the path is missing or has a ":" and an "@"' : 'the name after the path is empty';
    throw new LadingError('USAGE', `Cannot parse location ${JSON.stringify(text)}: ${fault}`, {
      hint: `Write ${transport}:PATH, ${transport}:PATH:${transport === 'docker-archive' ? 'NAME' : 'TAG'} or ${transport}:PATH@DIGEST.`,
    });
  }
  if (digest !== undefined && !isDigest(digest)) {
    throw new LadingError('USAGE', `Cannot parse location ${JSON.stringify(text)}: what follows "@" is not a digest`, {
      hint: 'A digest looks like sha256: followed by 64 lower-case hexadecimal digits.',
    });
  }
  return { transport, path, ...(name === undefined ? {} : { name }), ...(digest === undefined ? {} : { digest }) };
}

/** The location with a digest, as it stands in results: what can be given back to Lading to name exactly this. */
export function formatResult(location: Location, digest: Digest): string {
  // The local store's have the form of a registry's: the name says where it would be, the digest what it is.
  if ('reference' in location) return `${repositoryOf(location.reference)}@${digest}`;
  return `${location.transport}:${location.path}@${digest}`;
}

/** What people recognise in progress and messages. */
export function formatLocation(location: Location): string {
  if ('reference' in location) return familiarReference(location.reference);
  return `${location.transport}:${location.path}${location.name === undefined ? '' : `:${location.name}`}`;
}

/** An image that was found. Close it. */
export interface OpenSource {
  readonly repository: Repository;
  readonly descriptor: Descriptor;
  /** What it is called there: a tag, in an archive often a whole name. */
  readonly tag?: string;
  readonly byDigest: boolean;
  close(): Promise<void>;
}

/** Finds the image at a location. Throws REFERENCE_NOT_FOUND, and as opening the registry, layout or archive does. */
export async function openSource(
  context: Context,
  location: Location,
  options: RegistryOptions = {},
): Promise<OpenSource> {
  const place = await openPlace(context, location, options);
  try {
    const byDigest = isByDigest(location);
    if (!('reference' in location)) {
      return { ...place, byDigest, ...pickImage(place.images ?? [], { ...location, where: formatLocation(location) }) };
    }
    const { digest, tag = digest === undefined ? 'latest' : undefined } = location.reference;
    const { resolveReference } = await import('@lading/image');
    const descriptor = await resolveReference(place.repository, digest ?? tag ?? 'latest', context).catch((error) => {
      throw location.transport === 'local' ? notHere(location.reference, error) : error;
    });
    return { ...place, byDigest, descriptor, ...(tag === undefined ? {} : { tag }) };
  } catch (error) {
    await place.close();
    throw error;
  }
}

/** A repository that was opened to read. Close it. */
export interface OpenPlace {
  readonly repository: Repository;
  /** What a layout or archive lists; a registry and the local store are asked by name. */
  readonly images?: readonly ListedImage[];
  close(): Promise<void>;
}

export async function openPlace(context: Context, location: Location, options: RegistryOptions): Promise<OpenPlace> {
  const nothing = async (): Promise<void> => {};
  switch (location.transport) {
    case 'registry': {
      const registry = await openRegistryOf(location.reference, options);
      return { repository: registry.source(location.reference.repository), close: () => registry.close() };
    }
    case 'local':
      return { repository: (await context.home()).repositoryOf(location.reference), close: nothing };
    case 'oci': {
      const { openOciLayout } = await import('@lading/store');
      const repository = await openOciLayout(location.path);
      return { repository, images: await layoutImages(repository.path), close: nothing };
    }
    default: {
      const { openArchive } = await import('@lading/image');
      const archive = await openArchive(location.path, { signal: context.signal });
      return { repository: archive.repository, images: archive.images, close: () => archive.close() };
    }
  }
}

/** Where a copy goes: any location but an archive, which is written from one end to the other. */
export async function openTarget(
  context: Context,
  location: Location,
  options: RegistryOptions = {},
): Promise<Pick<OpenPlace, 'repository' | 'close'>> {
  if (location.transport === 'registry') {
    // To the repository itself: what its mirrors have is of no use there.
    const uploadsFolder = join(await context.homeFolder(), 'uploads');
    const registry = await openRegistryOf(location.reference, { ...options, uploadsFolder });
    return { repository: registry.repository(location.reference.repository), close: () => registry.close() };
  }
  if (location.transport !== 'oci') return openPlace(context, location, options);
  const { openOciLayout } = await import('@lading/store');
  return { repository: await openOciLayout(location.path, { create: true }), close: async () => {} };
}

/**
 * The tag that a copy sets: the one that was written at the target, else the source's; in a registry or the local store else `latest`,
 * but none for a source that was named by digest. Throws USAGE for a target with a digest, which content decides and not the user.
 */
export function targetTag(target: Location, source: OpenSource): string | undefined {
  if (isByDigest(target)) {
    throw new LadingError(
      'USAGE',
      `Cannot write to ${formatLocation(target)}: a target is named by tag, not by digest`,
      {
        hint: 'Leave "@…" off: the digest is that of the source.',
      },
    );
  }
  if (!('reference' in target)) return target.name ?? tagOf(source.tag);
  return target.reference.tag ?? tagOf(source.tag) ?? (source.byDigest ? undefined : 'latest');
}

function isByDigest(location: Location): boolean {
  return ('reference' in location ? location.reference : location).digest !== undefined;
}

/** The tag of a name such as `alpine:3.10`, as archives have them. */
function tagOf(name: string | undefined): string | undefined {
  if (name === undefined || isTag(name)) return name;
  return canonical(name)?.tag;
}

function notHere(reference: Reference, cause: unknown): unknown {
  if (!isLadingError(cause, 'REFERENCE_NOT_FOUND')) return cause;
  const name = familiarReference(reference);
  return new LadingError('REFERENCE_NOT_FOUND', `Cannot find ${name} on this machine`, {
    hint: `Run "lading ls" to see what is here, "lading pull ${name}" to fetch it, or "lading build -t ${name} ." to build it.`,
    details: { reference: formatReference(reference) },
  });
}
