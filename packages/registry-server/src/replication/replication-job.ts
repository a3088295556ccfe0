import { LadingError } from '@lading/errors';
import type { Job } from '../jobs/job.ts';
import { createReplicated } from './replicated.ts';
import type { ReplicationFigures } from './replication-run.ts';

/** Runs rules at once: those that `options.rules` names, or all. */
export const replicationJob: Job = {
  name: 'replicate',
  summary: 'bring images to other registries, and from them, by the rules of the configuration',
  async run({ catalog, content, config, options, by, signal, report }) {
    // The copy and the client are needed only where something is replicated.
    const { replicate } = await import('./replicate.ts');
    const wanted = Array.isArray(options.rules) ? options.rules.map(String) : undefined;
    const rules = config.replication.filter(({ name }) => wanted === undefined || wanted.includes(name));
    const replicated = createReplicated(catalog);
    const figures: Record<string, ReplicationFigures> = {};
    const outcomes = await Promise.allSettled(
      rules.map((rule) =>
        replicate(rule, {
          catalog,
          content,
          replicated,
          by,
          signal,
          onProgress(done) {
            figures[rule.name] = done;
            report({ rules: figures });
          },
        }).then((done) => {
          figures[rule.name] = done;
        }),
      ),
    );
    const failed = outcomes.flatMap((outcome, index) =>
      outcome.status === 'rejected' ? [{ rule: rules[index]?.name ?? '', reason: outcome.reason as unknown }] : [],
    );
    const [first] = failed;
    if (first === undefined) return { rules: figures };
    if (signal.aborted) throw first.reason;
    throw new LadingError(
      'REPLICATION_FAILED',
      `Cannot replicate by the rule ${failed.map(({ rule }) => rule).join(', ')}`,
      {
        cause: first.reason,
        details: { rules: failed.map(({ rule }) => rule), figures },
      },
    );
  },
};
