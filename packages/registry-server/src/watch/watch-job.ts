import { trimFleet } from '@lading/catalog';
import type { Job } from '../jobs/job.ts';

/** What other advisories say of what is stored: no layer and no facts are read, and each package is judged once for all images. */
export const watchJob: Job = {
  name: 'watch',
  summary: 'judge what is in all images by the advisories of today, and tell what changed',
  async run({ catalog, content, config, version = '0', signal, report }) {
    const { sets } = await trimFleet(catalog.database);
    if (!config.scan.enabled || config.scan.advisories === undefined) return { enabled: false, trimmed: sets };
    const [{ openJudges }, { judgeFleet }, { tellChanges }] = await Promise.all([
      import('../scan/open-judge.ts'),
      import('./judge-fleet.ts'),
      import('./tell-changes.ts'),
    ]);
    const judges = openJudges({ catalog, content, config, version });
    try {
      const { advisories } = await judges.current(signal);
      const judged =
        advisories === undefined
          ? { packages: 0 }
          : await judgeFleet(catalog.database, advisories, { signal, onProgress: (figures) => report({ ...figures }) });
      const source = config.server.url ?? 'urn:lading:registry';
      const told = await tellChanges({ catalog, hooks: config.webhooks, source, signal });
      return { ...judged, ...told, trimmed: sets, ...(advisories && { advisories: advisories.digest }) };
    } finally {
      judges.close();
    }
  },
};
