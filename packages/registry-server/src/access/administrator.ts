import type { Access } from './access.ts';
import type { Identity } from './identity.ts';

/** A name that only a grant on all repositories covers: no pattern without `**` has so many components. */
const everyRepository = Array(32).fill('x').join('/');

/** Whether someone administers the registry as a whole: who administers all of its repositories does. */
export function isAdministrator(access: Access, identity: Identity): boolean {
  return access.may(identity, 'admin', everyRepository);
}
