import type { Job } from '../jobs/job.ts';

/** What was not looked into when it came, or was judged by what is out of date. */
export const scanJob: Job = {
  name: 'scan',
  summary: 'look into images that nobody has looked into, and judge all by the advisories of today',
  async run({ catalog, content, config, version = '0', signal, report }) {
    if (!config.scan.enabled) return { enabled: false };
    const { catchUp } = await import('./catch-up.ts');
    const parts = { catalog, content, config, version };
    return { ...(await catchUp(parts, { signal, onProgress: (figures) => report({ ...figures }) })) };
  },
};

/** So many images are named; the figures count all. */
const most = 10_000;

export const scanPreviewJob: Job = {
  name: 'scan-preview',
  summary: 'tell what scan would look into now',
  async run({ catalog, content, config, version = '0', signal }) {
    const { pendingImages } = await import('./catch-up.ts');
    const images: { digest: string; why: string }[] = [];
    const counts = { due: 0, stale: 0 };
    for await (const image of pendingImages({ catalog, content, config, version }, signal)) {
      counts[image.why] += 1;
      if (images.length < most) images.push(image);
    }
    return { ...counts, images };
  },
};
