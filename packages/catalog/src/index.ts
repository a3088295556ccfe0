export type { Catalog, ManifestRecord, TagMove, TagRecord } from './catalog.ts';
export { type CatalogOptions, openCatalog } from './open-catalog.ts';
