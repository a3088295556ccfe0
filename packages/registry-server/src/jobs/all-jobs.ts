import { collectionJob, fullCollectionJob } from '../policy/collection/collection-job.ts';
import { collectionPreviewJob } from '../policy/collection/preview-job.ts';
import { retentionPreviewJob } from '../policy/retention/preview-job.ts';
import { retentionJob } from '../policy/retention/retention-job.ts';
import { trashJob } from '../policy/trash-job.ts';
import { replicationJob } from '../replication/replication-job.ts';
import { scanJob, scanPreviewJob } from '../scan/scan-job.ts';
import { scrubJob } from '../scrub/scrub-job.ts';
import { watchJob } from '../watch/watch-job.ts';
import type { Job } from './job.ts';

/** Every job of the registry. A new one: its file in its domain, and its row here. */
export const allJobs: readonly Job[] = [
  collectionJob,
  fullCollectionJob,
  collectionPreviewJob,
  retentionJob,
  retentionPreviewJob,
  trashJob,
  replicationJob,
  scrubJob,
  scanJob,
  scanPreviewJob,
  watchJob,
];
