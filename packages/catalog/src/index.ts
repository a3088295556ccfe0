export type { Catalog, ManifestRecord, TagMove, TagRecord } from './catalog.ts';
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
