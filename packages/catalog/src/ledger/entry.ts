import type { CautionEntry, PurgeEntry, TrashEntry } from '../internal/policy-entries.ts';
import type { PersonalTokenEntry } from '../personal-tokens.ts';
import type { RobotEntry } from '../robots.ts';
import type { SecurityReportEntry } from '../security-reports.ts';
import type { Actor } from './actor.ts';
import type { BlobEntry, ImportEntry, ManifestEntry, PinEntry, TagEntry } from './catalog-entries.ts';

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
