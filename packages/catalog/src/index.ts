export type { Catalog, ManifestRecord, TagMove, TagRecord } from './catalog.ts';
export type { Database, Row, SqlValue, Statements } from './database/database.ts';
export type { Deliveries, Delivery, DeliveryRecord, DeliveryState } from './deliveries.ts';
export { type DerivedImage, type FoundBase, findBases, findDerived } from './fleet/find-bases.ts';
export type { FleetPage, FoundPage } from './fleet/find-matches.ts';
export { type FoundPackageImage, findPackages } from './fleet/find-packages.ts';
export { type FoundSecretImage, findSecrets } from './fleet/find-secrets.ts';
export { type FleetPackage, factsOfPackage, fleetPackageUrl } from './fleet/fleet-package.ts';
export { forgetFleetImage, trimFleet } from './fleet/forget-contents.ts';
export { type FoundImage, locateImages, type MaySee, type RepositoryOfImage } from './fleet/found-image.ts';
export { type Condition, type PackageQuery, packageTypes, parsePackageQuery } from './fleet/package-query.ts';
export { type ImageContents, imageContents, recordContents } from './fleet/record-contents.ts';
export {
  type ChangedVerdict,
  type ChangedVulnerability,
  type ChangeKind,
  type ConcernedImages,
  type ConcernedPackage,
  changedVulnerabilities,
  concernedImages,
  concernedPackages,
  forgetChanges,
} from './fleet/verdict-changes.ts';
export {
  beginVerdicts,
  type FleetPosition,
  type FoundAffectedImage,
  findAffected,
  fleetPosition,
  type PackageVerdicts,
  packagesToJudge,
  recordVerdicts,
  type Verdict,
} from './fleet/verdicts.ts';
export { linkBlob, unlinkBlob } from './internal/blobs.ts';
export {
  type Cautions,
  cautionsVersion,
  type DeprecationRecord,
  listDeprecations,
  listQuarantine,
  type QuarantineRecord,
  quarantinedAmong,
  readCautions,
} from './internal/cautions.ts';
export { type CollectedContent, collectedContent } from './internal/collected-content.ts';
export { type Collection, createCollection, type Link, type Review } from './internal/collection.ts';
export { createDeliveries, queueDeliveries } from './internal/deliveries.ts';
export { type FactsKind, findFacts, type KeptFacts, keepFacts, trimFacts } from './internal/facts.ts';
export { type ListedManifest, listManifests, type ManifestPart, manifestParts } from './internal/manifest-list.ts';
export { recordManifest, removeManifest } from './internal/manifests.ts';
export { createPersonalTokens } from './internal/personal-tokens.ts';
export type { Needing } from './internal/policy-entries.ts';
export { beginNotingPulls, notePulls, type Pull, pullsNotedSince } from './internal/pulls.ts';
export {
  contentBelow,
  needingContent,
  type OpenPurge,
  openPurges,
  purgedAmong,
  receiptOf,
} from './internal/purges.ts';
export { reclaimableBytes } from './internal/reclaimable.ts';
export { createRobots } from './internal/robots.ts';
export {
  type DueScan,
  demandScan,
  dueScan,
  findScan,
  listDueScans,
  listStaleScans,
  recordScan,
  type ScanRecord,
  type ScanTotals,
  type SeverityCounts,
  scansSince,
  scansVersion,
  scanTotals,
} from './internal/scans.ts';
export { moveTag, removeTag, tagTarget } from './internal/tags.ts';
export { createTokenKeyTable, type TokenKeyRow, type TokenKeyTable } from './internal/token-keys.ts';
export {
  expireTrash,
  listTrash,
  partsOfTrashed,
  removedTag,
  type TrashPart,
  type TrashRecord,
  trashBefore,
  trashed,
} from './internal/trash.ts';
export { type RepositoryUsage, totalUsage, unionBytes, usageOf, usageOfAll } from './internal/usage.ts';
export type { AuditFilter } from './ledger/audit.ts';
export type { Actor, Entry, LedgerRecord } from './ledger/entry.ts';
export type { Ledger, LedgerPage } from './ledger/ledger.ts';
export { type JournalReport, type VerifyJournalOptions, verifyJournal } from './ledger/verify-journal.ts';
export { type CatalogOptions, type CatalogPlace, openCatalog } from './open-catalog.ts';
export type { PersonalToken, PersonalTokens } from './personal-tokens.ts';
export { type ReindexOptions, type ReindexReport, reindex } from './reindex.ts';
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
