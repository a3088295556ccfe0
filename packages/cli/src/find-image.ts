import { LadingError } from '@lading/errors';
import type { Image } from '@lading/image';
import { formatReference, type ManifestDocument, parsePlatform } from '@lading/oci';
import type { Command } from 'commander';
import { flagOption, type OptionValues, textOption } from './command.ts';
import type { Context } from './context.ts';
import { formatLocation, type Location, type OpenSource, openSource, parseLocation } from './locations.ts';
import { configureRegistry, registryOptions } from './registries.ts';

/** An image that is looked at, wherever it lies: of a registry, only manifests and config are fetched. */
export interface FoundImage {
  readonly location: Location;
  readonly source: OpenSource;
  /** What the name stands for: perhaps an index. */
  readonly document: ManifestDocument;
  /** The image of the platform; undefined for an index that has none for this machine, and for artifacts that are no image. */
  readonly image?: Image;
}

/** Declares `--platform`, `--remote` and `--plain-http`. */
export function configureFind(command: Command): void {
  command
    .option('--platform <platform>', "which image of an index, as in linux/arm64 (this machine's unless told)")
    .option('--remote', 'ask the registry although the image is here');
  configureRegistry(command);
}

/** Finds an image by name, on this machine first, then in its registry; or where a transport says. The caller closes its source. */
export async function findImage(context: Context, text: string, options: OptionValues): Promise<FoundImage> {
  const written = parseLocation(text);
  const platformText = textOption(options, 'platform');
  const platform = platformText === undefined ? undefined : parsePlatform(platformText);
  const location = await place(context, written, flagOption(options, 'remote'));
  const source = await openSource(context, location, registryOptions(options));
  try {
    const { openImage, readManifest } = await import('@lading/image');
    const { signal } = context;
    const document = await readManifest(source.repository.content, source.descriptor, { signal });
    try {
      const image = await openImage(source.repository, document.descriptor, { platform, signal });
      return { location, source, document, image };
    } catch (error) {
      // There is still something to show, unless the platform was asked for.
      const partly = error instanceof LadingError && ['PLATFORM_UNMATCHED', 'IMAGE_INVALID'].includes(error.code);
      if (!partly || platform !== undefined) throw error;
      return { location, source, document };
    }
  } catch (error) {
    await source.close();
    throw error;
  }
}

async function place(context: Context, written: Location, remote: boolean): Promise<Location> {
  if (written.transport !== 'registry' || remote) return written;
  const { reference } = written;
  const repository = (await context.home()).repositoryOf(reference);
  const found = await repository.references.resolve(reference.digest ?? reference.tag ?? 'latest', context);
  return found === undefined ? written : { transport: 'local', reference };
}

/** The image, for who cannot do without. Throws PLATFORM_UNMATCHED. */
export function imageIn({ image, location, document }: FoundImage): Image {
  if (image !== undefined) return image;
  const what =
    document.kind === 'index' ? 'its index has no image for this machine' : 'it is an artifact, not an image';
  throw new LadingError('PLATFORM_UNMATCHED', `Cannot open ${formatLocation(location)}: ${what}`, {
    hint:
      document.kind === 'index' ? 'Choose one of its images with --platform; "lading inspect" lists them.' : undefined,
  });
}

/** The name in full, as JSON shows it. */
export function fullName(location: Location): string {
  if (!('reference' in location)) return formatLocation(location);
  const { reference } = location;
  const named = reference.tag !== undefined || reference.digest !== undefined;
  return formatReference(named ? reference : { ...reference, tag: 'latest' });
}
