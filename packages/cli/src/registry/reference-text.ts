import { LadingError } from '@lading/errors';

/** `team/app`, `team/app:1.4` or `team/app@sha256:…`, without the registry. Throws USAGE. */
export function parseRegistryReference(
  text: string,
  action: string,
): { readonly repository: string; readonly reference?: string | undefined } {
  const [, repository = '', tag, digest] = /^([^:@]+)(?::([^:@]+)|@(sha(?:256|512):[0-9a-f]+))?$/.exec(text) ?? [];
  if (repository === '') {
    throw new LadingError('USAGE', `Cannot ${action} ${JSON.stringify(text)}: it names no repository, tag or digest`, {
      hint: 'Write it without the registry: team/app, team/app:1.4 or team/app@sha256:….',
    });
  }
  const reference = tag ?? digest;
  return { repository, ...(reference === undefined ? {} : { reference }) };
}
