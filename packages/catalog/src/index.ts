export type { Catalog, ManifestRecord, TagMove, TagRecord } from './catalog.ts';
export type { Database, Row, SqlValue, Statements } from './database/database.ts';
export { linkBlob, unlinkBlob } from './internal/blobs.ts';
export { recordManifest, removeManifest } from './internal/manifests.ts';
export { createPersonalTokens } from './internal/personal-tokens.ts';
export { createRobots } from './internal/robots.ts';
export { moveTag, removeTag, tagTarget } from './internal/tags.ts';
export { createTokenKeyTable, type TokenKeyRow, type TokenKeyTable } from './internal/token-keys.ts';
export type { Actor, Entry, LedgerRecord } from './ledger/entry.ts';
export type { Ledger, LedgerPage } from './ledger/ledger.ts';
export { type CatalogOptions, type CatalogPlace, openCatalog } from './open-catalog.ts';
export type { PersonalToken, PersonalTokens } from './personal-tokens.ts';
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
export type { NewRobot, NewSecret, RobotGrant, RobotRecord, RobotSecret, Robots } from './robots.ts';
