import type { Job } from '../../jobs/job.ts';
import { previewGarbage } from './collect-garbage.ts';

/** So much is told at most; the figures count everything. */
const most = 10_000;

export const collectionPreviewJob: Job = {
  name: 'gc-preview',
  summary: 'tell what gc would remove now',
  async run({ catalog, content, config, signal }) {
    const { links, content: going } = await previewGarbage({ catalog, content, config: config.policies, signal });
    const bytes = going.reduce((sum, { size }) => sum + size, 0);
    return {
      blobs: going.length,
      unlinked: links.length,
      // Not "bytes", which is what a collection has freed.
      reclaimable: bytes,
      links: links.slice(0, most),
      content: going.slice(0, most),
    };
  },
};
