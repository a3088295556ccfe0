import type { Job } from '../jobs/job.ts';

/** Looks for what a disk lost, before somebody pulls it. */
export const scrubJob: Job = {
  name: 'scrub',
  summary: 'read all content, and heal what is damaged from upstreams and replicas',
  async run({ catalog, content, config, signal, report }) {
    const [{ scrub }, { openPeers }] = await Promise.all([import('./scrub.ts'), import('./peers.ts')]);
    const peers = openPeers(config);
    try {
      return { ...(await scrub({ catalog, content, peers, signal, onProgress: (figures) => report({ ...figures }) })) };
    } finally {
      await peers.close();
    }
  },
};
