import type { ScanRecord } from '@lading/catalog';
import type { Digest } from '@lading/oci';

/** What became of looking into an image. `left` as it was: it is no image, gone, or of repositories that are not looked into. */
export type ScanOutcome = ScanRecord['state'] | 'left';

/** Something to look into: a blob that just came and may be a layer, or an image. */
export interface ScanTask {
  readonly kind: 'layer' | 'image';
  readonly digest: Digest;
}

/** What became of it; of a blob nothing is to be told. */
export interface ScanEnd {
  readonly outcome?: ScanOutcome | undefined;
}

/** Looks into layers and images somewhere: in this thread, or in others. */
export interface Scanner {
  /** Rejects with what may go better next time. */
  run(task: ScanTask, signal: AbortSignal): Promise<ScanEnd>;
  close(): Promise<void>;
}
