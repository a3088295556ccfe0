import type { Job } from '../../jobs/job.ts';
import { applyRetention } from './apply-retention.ts';

/** Removes tags and manifests that the rules of their repositories let go. */
export const retentionJob: Job = {
  name: 'retention',
  summary: 'remove tags and manifests that the policies of their repositories do not keep',
  async run({ catalog, config, options, signal, report }) {
    const done = { repositories: 0, tags: 0, manifests: 0 };
    const repository = typeof options.repository === 'string' ? options.repository : undefined;
    for await (const { tags, manifests } of applyRetention({ catalog, config: config.policies, repository, signal })) {
      done.repositories++;
      done.tags += tags.length;
      done.manifests += manifests.length;
      report({ ...done });
    }
    return done;
  },
};
