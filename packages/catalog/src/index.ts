export type { Catalog, ManifestRecord, TagMove, TagRecord } from './catalog.ts';
export type { Database, Row, SqlValue, Statements } from './database/database.ts';
export { linkBlob, unlinkBlob } from './internal/blobs.ts';
export { recordManifest, removeManifest } from './internal/manifests.ts';
export { moveTag, removeTag } from './internal/tags.ts';
export type { Actor, Entry, LedgerRecord } from './ledger/entry.ts';
export type { Ledger, LedgerPage } from './ledger/ledger.ts';
export { type CatalogOptions, openCatalog } from './open-catalog.ts';
export type {
  ContentKind,
  Holder,
  Holding,
  NameMove,
  NameRecord,
  PinRecord,
  Retention,
  RetentionWindow,
  SweepOptions,
  SweptManifest,
} from './retention.ts';
