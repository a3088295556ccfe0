import type { Catalog } from '@lading/catalog';
import { matchRepositories } from '../access/repository-pattern.ts';
import type { Metrics } from '../operations/metrics.ts';
import { matchTags } from '../policy/tag-pattern.ts';
import { createReplicated, type FailedUnit } from './replicated.ts';
import type { ReplicationRule } from './replication-config.ts';

/** How far rules have come. */
export interface Replications {
  readonly rules: readonly ReplicationRule[];
  states(): Promise<readonly ReplicationState[]>;
  configure(rules: readonly ReplicationRule[]): void;
}

export interface ReplicationState {
  readonly rule: ReplicationRule;
  /** Tags that are to be brought to the other side, at most `mostCounted`; of a push, for only the other side knows it of a pull. */
  readonly pending?: number | undefined;
  /** Since when the oldest of them waits. */
  readonly since?: Date | undefined;
  /** When the last run began that came to its end: it has seen what was here then. */
  readonly ranAt?: Date | undefined;
  readonly failures: readonly FailedUnit[];
}

/** Who has more to do is far behind, however far. */
export const mostCounted = 10_000;
const mostFailures = 100;
/** Clocks of replicas differ by less. */
const skewMs = 600_000;
/** What is looked up for metrics is not looked up again so soon. */
const keptMs = 10_000;

export function createReplications(
  catalog: Catalog,
  metrics: Metrics,
  configured: readonly ReplicationRule[],
): Replications {
  let rules = configured;
  const replicated = createReplicated(catalog);
  const stateOf = async (rule: ReplicationRule): Promise<ReplicationState> => {
    const state = {
      rule,
      ranAt: await replicated.ranAt(rule.name),
      failures: await replicated.failures(rule.name, mostFailures),
    };
    if (rule.direction === 'pull') return state;
    const [hasRepository, hasTag] = [matchRepositories(rule.repositories), matchTags(rule.tags)];
    let pending = 0;
    let since: Date | undefined;
    const { ranAt } = state;
    const seenUntil = ranAt && new Date(ranAt.getTime() - skewMs);
    for await (const unit of replicated.pendingTags(rule.name, seenUntil)) {
      if (!hasRepository(unit.repository) || !hasTag(unit.name)) continue;
      if (since === undefined || unit.since < since) since = unit.since;
      if (++pending === mostCounted) break;
    }
    return { ...state, pending, since };
  };
  const states = (): Promise<readonly ReplicationState[]> => Promise.all(rules.map(stateOf));

  const pending = metrics.gauge('lading_replication_pending', 'Tags that a push rule has still to bring.', ['rule']);
  const lag = metrics.gauge('lading_replication_lag_seconds', 'How long the oldest of them waits.', ['rule']);
  const failed = metrics.gauge('lading_replication_failures', 'What a rule could not bring, and tries again.', [
    'rule',
  ]);
  const ran = metrics.gauge(
    'lading_replication_last_run_time_seconds',
    'When the last run of a rule began that came to its end, since 1970.',
    ['rule'],
  );
  let readAt = 0;
  metrics.beforeReading(async () => {
    if (rules.length === 0 || Date.now() - readAt < keptMs) return;
    readAt = Date.now();
    for (const state of await states()) {
      const { name } = state.rule;
      if (state.pending !== undefined) {
        pending.set(state.pending, name);
        lag.set(state.since === undefined ? 0 : Math.max(0, Date.now() - state.since.getTime()) / 1000, name);
      }
      failed.set(state.failures.length, name);
      if (state.ranAt !== undefined) ran.set(state.ranAt.getTime() / 1000, name);
    }
  });

  return {
    get rules() {
      return rules;
    },
    states,
    configure(next) {
      rules = next;
    },
  };
}
