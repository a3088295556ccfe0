import { expireTrash, trashBefore } from '@lading/catalog';
import { throwIfAborted } from '@lading/errors';
import { type Job, jobActor } from '../jobs/job.ts';

const batchSize = 50;

/** Ends the time in which what was removed can be restored. The collection after it frees the content. */
export const trashJob: Job = {
  name: 'trash',
  summary: 'forget removed manifests whose time to be restored is over',
  async run({ catalog, config, signal, report }) {
    const before = new Date(Date.now() - config.policies.trashMs);
    for (let manifests = 0; ; ) {
      throwIfAborted(signal);
      const old = await trashBefore(catalog.database, before, batchSize);
      if (old.length === 0) return { manifests };
      await catalog.ledger.write(jobActor('trash'), async (page) => {
        for (const { repository, descriptor } of old) await expireTrash(page, repository, descriptor.digest);
      });
      manifests += old.length;
      report({ manifests });
    }
  },
};
