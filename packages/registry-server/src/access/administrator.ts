import type { Access } from './access.ts';
import type { Identity } from './identity.ts';

/** Whether someone administers the registry as a whole: it is the repository without a name. */
export function isAdministrator(access: Access, identity: Identity): boolean {
  return access.may(identity, 'admin', '');
}
