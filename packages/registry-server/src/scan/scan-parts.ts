import type { Catalog } from '@lading/catalog';
import type { ContentStore } from '@lading/store';
import type { RegistryConfig } from '../config/registry-config.ts';

/** What looking into images needs, wherever it runs. */
export interface ScanParts {
  readonly content: ContentStore;
  readonly catalog: Catalog;
  readonly config: Pick<RegistryConfig, 'scan' | 'policies' | 'server'>;
  /** Of the program; documents name it. */
  readonly version: string;
}
