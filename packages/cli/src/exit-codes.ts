import type { ErrorKind } from '@lading/errors';

/** What each kind of failure exits with. 10 (findings over the threshold) and 130 are not failures of Lading itself. */
export const exitCodes: Readonly<Record<ErrorKind, number>> = {
  failed: 1,
  invalid: 1,
  limit: 1,
  conflict: 1,
  unavailable: 1,
  usage: 2,
  denied: 3,
  auth: 4,
  'not-found': 5,
  network: 6,
  verification: 7,
  interrupted: 130,
};
