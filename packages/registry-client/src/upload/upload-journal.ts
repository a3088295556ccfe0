import type { Digest } from '@lading/oci';

/** Which content goes where. */
export interface UploadKey {
  readonly registry: string;
  readonly repository: string;
  readonly digest: Digest;
}

/** Where an unfinished upload stands. How much of it is there only the registry knows. */
export interface UploadRecord {
  /** The URL of its session as the registry gave it last; may be signed, so it is a secret. */
  readonly location: string;
}

/**
 * Remembers unfinished uploads for a later process. A record belongs to the process that saved it, until that releases it or ends.
 * An implementation may forget: then the upload begins anew. Failures of it are no failures of an upload.
 */
export interface UploadJournal {
  /** Takes a record over; undefined when there is none, `'taken'` when another upload that is alive has it. */
  claim(key: UploadKey): Promise<UploadRecord | 'taken' | undefined>;
  save(key: UploadKey, record: UploadRecord): Promise<void>;
  /** Leaves the record to whoever claims it next. */
  release(key: UploadKey): Promise<void>;
  remove(key: UploadKey): Promise<void>;
}
