import { LadingError } from '@lading/errors';
import { resolveUser } from '@lading/runtime';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Who files belong to that `--chown=user[:group]`, or WORKDIR under a USER, makes. Names are looked up in the image, whose files
 * `text` reads. Unlike for a process, a number without a group is also the group (Dockerfile reference §copy---chown).
 * Throws BUILD_INVALID for a name that the image does not have.
 */
export async function resolveOwner(text: string, read: (path: string) => Promise<string>): Promise<Owner> {
  const [user = '', group] = /^[^:]*:./.test(text) ? split(text) : [text.replace(/:$/, '')];
  if (user === '' && group === undefined) return { uid: 0, gid: 0 };
  const numeric = /^\d+$/;
  const complete = group === undefined && numeric.test(user) ? `${user}:${user}` : `${user}:${group ?? ''}`;
  const needsUsers = user !== '' && !numeric.test(user);
  const needsGroups = group !== undefined && !numeric.test(group);
  try {
    const { uid, gid } = resolveUser(
      complete,
      needsUsers ? await read('/etc/passwd') : '',
      needsGroups ? await read('/etc/group') : '',
    );
    return { uid, gid };
  } catch (error) {
    if (!(error instanceof LadingError) || error.code !== 'RUNTIME_FAILED') throw error;
    throw new LadingError('BUILD_INVALID', `Cannot give files to "${text}": ${reasonOf(error)}`, {
      hint: 'Add it to /etc/passwd or /etc/group in an earlier step, or give numbers.',
    });
  }
}

function split(text: string): [string, string] {
  const colon = text.indexOf(':');
  return [text.slice(0, colon), text.slice(colon + 1)];
}

/** What resolveUser() says behind its own "Cannot …:". */
function reasonOf(error: LadingError): string {
  return error.message.replace(/^Cannot run as "[^"]*": /, '');
}
