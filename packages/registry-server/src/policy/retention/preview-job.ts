import type { Job } from '../../jobs/job.ts';
import { previewRetention } from './apply-retention.ts';

/** So many tags and manifests are told at most; the figures count everything. */
const most = 10_000;

export const retentionPreviewJob: Job = {
  name: 'retention-preview',
  summary: 'tell what retention would remove now',
  async run({ catalog, config, options, signal }) {
    const repository = typeof options.repository === 'string' ? options.repository : undefined;
    const items: object[] = [];
    const done = { repositories: 0, tags: 0, manifests: 0 };
    for await (const plan of previewRetention({ catalog, config: config.policies, repository, signal })) {
      const left = Math.max(0, most - done.tags - done.manifests);
      done.repositories++;
      done.tags += plan.tags.length;
      done.manifests += plan.manifests.length;
      if (left === 0) continue;
      items.push({
        repository: plan.repository,
        tags: plan.tags.slice(0, left).map(({ name, digest, movedAt }) => ({ name, digest, movedAt })),
        manifests: plan.manifests.slice(0, left).map(({ digest, recordedAt }) => ({ digest, recordedAt })),
      });
    }
    return { ...done, items };
  },
};
