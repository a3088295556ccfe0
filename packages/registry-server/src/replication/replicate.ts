import { createUploadJournal } from '@lading/registry-client';
import { matchRepositories } from '../access/repository-pattern.ts';
import { matchTags } from '../policy/tag-pattern.ts';
import { openRemote } from '../upstream/open-remote.ts';
import { workingFolder } from '../upstream/working-folder.ts';
import { createBandwidth, limited } from './bandwidth.ts';
import { replicatePull } from './replicate-pull.ts';
import { replicatePush } from './replicate-push.ts';
import type { ReplicationRule } from './replication-config.ts';
import type { ReplicateOptions, ReplicationFigures, ReplicationRun } from './replication-run.ts';

/** Brings the other side up to date, one thing after another; what fails is noted, and tried again by the next run. */
export async function replicate(rule: ReplicationRule, options: ReplicateOptions): Promise<ReplicationFigures> {
  const began = new Date();
  // What a run leaves half-sent, the next one goes on with.
  const uploads = createUploadJournal(workingFolder(options.content, 'outgoing'));
  const remote = openRemote(rule, { uploads });
  const bandwidth = rule.bytesPerSecond === undefined ? undefined : createBandwidth(rule.bytesPerSecond);
  const run: ReplicationRun = {
    ...options,
    rule,
    remote,
    figures: { copied: 0, removed: 0, failed: 0, bytes: 0, resumedBytes: 0 },
    hasRepository: matchRepositories(rule.repositories),
    hasTag: matchTags(rule.tags),
    limited: (source) => limited(source, bandwidth),
  };
  try {
    await (rule.direction === 'push' ? replicatePush(run) : replicatePull(run));
    await run.replicated.ran(rule.name, began);
    return run.figures;
  } finally {
    await remote.close();
  }
}
