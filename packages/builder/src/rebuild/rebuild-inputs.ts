import type { BuildRequest } from '../request.ts';

/** What provenance does not hold: it was on the builder's machine, or is secret. */
export interface RebuildInputs
  extends Pick<BuildRequest, 'buildArgs' | 'contexts' | 'secrets' | 'ssh' | 'allow' | 'workers'> {
  /** A folder or address, in the place of the one that is recorded. */
  readonly context?: string | undefined;
}
