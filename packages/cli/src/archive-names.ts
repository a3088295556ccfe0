import { LadingError, messageOf } from '@lading/errors';
import { isTag, parseReference, type Reference } from '@lading/oci';
import type { ListedImage } from './listed-images.ts';

export interface NamedArchive {
  /** The command, for hints. */
  readonly command: 'load' | 'import';
  /** As it was given; "-" is stdin. */
  readonly input: string;
  /** The name that was asked for, instead of those in the archive. */
  readonly name: string | undefined;
}

/** The local names of one of the images of an archive. Throws USAGE, REFERENCE_INVALID. */
export function localNames(
  { descriptor, names }: ListedImage,
  images: readonly ListedImage[],
  { command, input, name }: NamedArchive,
): Reference[] {
  const what = input === '-' ? 'the archive' : input;
  const hint = `Give the name to ${command} it under: lading ${command} --name NAME …`;
  if (name !== undefined) {
    if (images.length > 1) {
      throw new LadingError('USAGE', `Cannot ${command} ${what} as ${name}: it has ${images.length} images`, {
        hint: `Leave --name out, or copy them one by one: lading copy oci-archive:${what}:TAG local:NAME`,
      });
    }
    const written = parseReference(name, { defaultTag: null });
    const tag = written.tag ?? tagIn(names) ?? 'latest';
    return [{ registry: written.registry, repository: written.repository, tag }];
  }
  // A tar of a layout often knows only the tag.
  const whole = names.filter((candidate) => !isTag(candidate));
  if (whole.length === 0) {
    const known = names[0] === undefined ? 'no name' : `only the tag "${names[0]}"`;
    throw new LadingError('USAGE', `Cannot ${command} ${what}: its image ${descriptor.digest} has ${known}`, {
      hint,
      details: { digest: descriptor.digest, names },
    });
  }
  return whole.map((candidate) => {
    try {
      return parseReference(candidate);
    } catch (cause) {
      throw new LadingError('REFERENCE_INVALID', `Cannot ${command} ${what}: ${messageOf(cause)}`, { hint, cause });
    }
  });
}

function tagIn(names: readonly string[]): string | undefined {
  return names.find(isTag);
}
