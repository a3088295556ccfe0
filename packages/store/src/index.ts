export { complete } from './complete.ts';
export type {
  BeginOptions,
  BlobInfo,
  CompleteOptions,
  ContentReader,
  ContentStore,
  ContentWriter,
  ExpectedContent,
  Ingest,
  Lease,
  OpenOptions,
  Target,
} from './content-store.ts';
export { ChunkWriter } from './directory/chunk-writer.ts';
export type { CollectOptions } from './directory/collect-blobs.ts';
export type { Damage } from './directory/damage.ts';
export { type DirectoryStore, openDirectoryStore } from './directory/directory-store.ts';
export type { IngestInfo } from './directory/list-ingests.ts';
export type { VerifyOptions, VerifyProgress } from './directory/verify-blobs.ts';
export { type GetOptions, get } from './get.ts';
export { makeFolder } from './internal/make-folder.ts';
export { needlessLease } from './internal/needless-lease.ts';
export { isGone, processMark } from './internal/process-mark.ts';
export { assertTaggable, manifestUnknown, refusal } from './internal/tag-rules.ts';
export { type DirectoryJournalOptions, openDirectoryJournal } from './journal/directory-journal.ts';
export type { Journal, JournalBatch } from './journal/journal.ts';
export { type OciLayout, type OpenOciLayoutOptions, openOciLayout } from './layout/oci-layout.ts';
export { parseLayoutIndex, parseLayoutVersion } from './layout/parse-layout.ts';
export { createMemoryJournal } from './memory/memory-journal.ts';
export { createMemoryReferences } from './memory/memory-references.ts';
export { createMemoryRepository } from './memory/memory-repository.ts';
export { createMemoryStore, type MemoryStore } from './memory/memory-store.ts';
export { put } from './put.ts';
export { type ReadVerifiedOptions, readVerified } from './read-verified.ts';
export type {
  Page,
  ReferenceStore,
  ReferrersFilter,
  Repository,
  TagOptions,
  TagOutcome,
} from './reference-store.ts';
export { digestOfTarget } from './target.ts';
