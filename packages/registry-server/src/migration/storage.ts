import type { ContentStore, Journal } from '@lading/store';

/** All that a registry is: its database is rebuilt from these two. */
export interface Storage {
  readonly content: ContentStore;
  readonly journal: Journal;
}
