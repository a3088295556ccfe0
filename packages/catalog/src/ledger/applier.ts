import type { Descriptor } from '@lading/oci';
import type { Statements } from '../database/database.ts';
import type { LedgerRecord } from './entry.ts';

/** The bytes of a manifest: those that came with the entry, or, on replay, what content has. Undefined when they are gone. */
export type ManifestBytes = (manifest: Descriptor) => Promise<Uint8Array | undefined>;

/**
 * What each kind of entry changes in the tables. The tables change nowhere else, so that the journal, replayed, gives the same tables.
 * Times and identifiers come from the record; what was decided before the entry was written is not decided again.
 */
export type Appliers<E extends { readonly kind: string }> = {
  readonly [K in E['kind']]: (
    statements: Statements,
    record: LedgerRecord<Extract<E, { readonly kind: K }>>,
    bytes: ManifestBytes,
  ) => Promise<void>;
};
