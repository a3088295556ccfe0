import type { BlobEntry } from '../internal/blobs.ts';
import type { CautionEntry } from '../internal/cautions.ts';
import type { ManifestEntry } from '../internal/manifests.ts';
import type { PinEntry } from '../internal/pins.ts';
import type { PurgeEntry } from '../internal/purges.ts';
import type { TagEntry } from '../internal/tags.ts';
import type { TrashEntry } from '../internal/trash.ts';
import type { PersonalTokenEntry } from '../personal-tokens.ts';
import type { RobotEntry } from '../robots.ts';
import type { SecurityReportEntry } from '../security-reports.ts';
import type { Actor } from './actor.ts';
import type { ImportEntry } from './import-catalog.ts';

export type { Actor } from './actor.ts';

/** One thing that happened, as it stands in the journal: JSON values only. A kind that was released keeps its meaning for ever. */
export type Entry =
  | TagEntry
  | ManifestEntry
  | BlobEntry
  | PinEntry
  | RobotEntry
  | PersonalTokenEntry
  | SecurityReportEntry
  | TrashEntry
  | CautionEntry
  | PurgeEntry
  | ImportEntry;

/** An entry with its place among all others. */
export interface LedgerRecord<E = Entry> {
  /** From 1, without gaps. */
  readonly sequence: number;
  /** ISO 8601 in UTC. */
  readonly at: string;
  readonly by?: Actor | undefined;
  readonly entry: E;
}
