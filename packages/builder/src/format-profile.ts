import { LadingError } from '@lading/errors';

/**
 * A name for all the rules that decide on bytes: the tar dialect, how content is cut and compressed, the order of JSON members, what
 * files of a context look like, what time they bear. Provenance records it. Rules change under a new name only, so that a later
 * version can still make the bytes of an earlier one.
 *
 * `lading/1`: entries in byte order, ustar with PAX where it must be, no names of users, times clamped to the epoch; context files
 * 0644 or 0755 and root's; gzip of level 5 in chunks cut by content, zstd in frames of 4 MiB; canonical JSON.
 */
export type FormatProfile = 'lading/1';

export const currentProfile: FormatProfile = 'lading/1';

const profiles: readonly FormatProfile[] = [currentProfile];

/** The profile of a name. Throws BUILD_UNSUPPORTED for one that this version does not know. */
export function parseFormatProfile(name: string): FormatProfile {
  const profile = profiles.find((one) => one === name);
  if (profile !== undefined) return profile;
  throw new LadingError(
    'BUILD_UNSUPPORTED',
    `Cannot build by the format profile ${JSON.stringify(name)}: it is unknown`,
    {
      hint: `This version knows ${profiles.join(', ')}; a newer one may have written the name.`,
      details: { profile: name, known: profiles },
    },
  );
}
