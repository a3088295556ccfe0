export type {
  BeginOptions,
  BlobInfo,
  ContentReader,
  ContentStore,
  ContentWriter,
  Ingest,
  Lease,
  OpenOptions,
  Target,
} from './content-store.ts';
export type {
  Page,
  ReferenceStore,
  ReferrersFilter,
  Repository,
  TagOptions,
  TagOutcome,
} from './reference-store.ts';
