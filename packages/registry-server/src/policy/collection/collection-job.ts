import type { Job } from '../../jobs/job.ts';
import { resumePurges } from '../purge/purge-content.ts';
import { type CollectionOptions, collectGarbage, findLostContent } from './collect-garbage.ts';

/** The online garbage collection. */
export const collectionJob: Job = {
  name: 'gc',
  summary: 'remove content that no repository needs any more, and uploads that nobody went on with',
  async run(context) {
    const { catalog, content, config, options, signal, report } = context;
    let [blobs, bytes] = [0, 0];
    const shared: CollectionOptions = {
      catalog,
      content,
      config: config.policies,
      signal,
      onRemoved({ size }) {
        blobs++;
        bytes += size;
        report({ blobs, bytes });
      },
    };
    const purges = await resumePurges(context);
    const found = options.full === true ? await findLostContent(shared) : undefined;
    const { links, uploads, failures } = await collectGarbage(shared);
    return {
      links: links.length,
      blobs,
      bytes,
      uploads,
      failures,
      ...(purges === 0 ? {} : { purges }),
      ...(found && { found }),
    };
  },
};

/** Compares everything with everything, for what the queue of the collection does not know of. */
export const fullCollectionJob: Job = {
  name: 'gc-full',
  summary: 'as gc, after looking through the whole store for content that nothing knows of',
  run: (context) => collectionJob.run({ ...context, options: { ...context.options, full: true } }),
};
