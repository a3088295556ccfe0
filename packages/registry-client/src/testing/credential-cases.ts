import type { CredentialCase } from './credential-cases/credential-case.ts';
import { helpers } from './credential-cases/credential-helpers.ts';
import { entries } from './credential-cases/entries.ts';
import { dockerHub, keys } from './credential-cases/keys.ts';
import { places, variables } from './credential-cases/places.ts';

/** What docker, podman, crane and Lading find on which machine; the tests hold it against the programs themselves. */
export const credentialCases: readonly CredentialCase[] = [
  ...places,
  ...variables,
  ...keys,
  ...dockerHub,
  ...helpers,
  ...entries,
];
