import { setTimeout as sleep } from 'node:timers/promises';
import { isLadingError } from '@lading/errors';
import { matchRepositories } from '../access/repository-pattern.ts';
import type { Events } from '../events/events.ts';
import type { JobRunner } from '../jobs/job-runner.ts';
import type { ReplicationRule } from './replication-config.ts';

/** A run that was just going on did not see what happened meanwhile. */
const againMs = 2000;

export interface ReplicationSchedule {
  reload(rules: readonly ReplicationRule[]): Promise<void>;
  close(): void;
}

export interface ScheduleReplicationOptions {
  readonly runner: Pick<JobRunner, 'start'>;
  readonly events: Events;
  readonly rules: readonly ReplicationRule[];
  readonly onProblem: (error: unknown) => void;
  /** What happens together is replicated together: 500 ms. */
  readonly gatherMs?: number | undefined;
  /** After a run that did not bring everything: 60 s. */
  readonly retryMs?: number | undefined;
}

/** Starts rules at their times, and as soon as something happens in a repository that one is for: at first for what happened before. */
export async function scheduleReplication(options: ScheduleReplicationOptions): Promise<ReplicationSchedule> {
  const { runner, events, onProblem, gatherMs = 500, retryMs = 60_000 } = options;
  const closing = new AbortController();
  const due = new Set<string>();
  let starting = false;
  let ends: (() => void)[] = [];

  const request = (names: Iterable<string>, actor: string): void => {
    for (const name of names) due.add(name);
    if (due.size > 0 && !starting && !closing.signal.aborted) void startDue(actor);
  };

  const startDue = async (actor: string): Promise<void> => {
    starting = true;
    try {
      await pause(gatherMs);
      while (due.size > 0) {
        const names = [...due];
        try {
          const { ended } = await runner.start('replicate', { actor, options: { rules: names } });
          for (const name of names) due.delete(name);
          const again = (): void => later(names);
          ended.then(({ state }) => (state === 'failed' || state === 'lost' ? again() : undefined), again);
        } catch (error) {
          if (!isLadingError(error, 'JOB_RUNNING')) throw error;
          await pause(againMs);
        }
      }
    } catch (error) {
      if (closing.signal.aborted) return;
      onProblem(error);
      later([...due]);
      due.clear();
    } finally {
      starting = false;
    }
  };

  const pause = (ms: number): Promise<void> => sleep(ms, undefined, { signal: closing.signal, ref: false });
  /** Nothing happens again because something failed: those that wait for events would wait for ever. */
  const later = (names: readonly string[]): void => {
    pause(retryMs).then(
      () => request(names, 'retry'),
      () => {},
    );
  };

  const schedule = async (rules: readonly ReplicationRule[]): Promise<void> => {
    for (const end of ends.splice(0)) end();
    const timed = rules.filter(({ schedule: pattern }) => pattern !== undefined);
    if (timed.length > 0) {
      const { Cron } = await import('croner');
      for (const { name, schedule: pattern = '' } of timed) {
        const cron = new Cron(pattern, { mode: '5-part', timezone: 'UTC', unref: true }, () =>
          request([name], 'schedule'),
        );
        ends.push(() => cron.stop());
      }
    }
    const watching = rules
      .filter(({ onEvent }) => onEvent)
      .map(({ name, repositories }) => ({ name, matches: matchRepositories(repositories) }));
    if (watching.length === 0) return;
    const unsubscribe = events.subscribe(({ kind, repository }) => {
      if (kind !== 'tag' && kind !== 'untag' && kind !== 'push' && kind !== 'delete') return;
      const names = watching.filter(({ matches }) => matches(repository)).map(({ name }) => name);
      request(names, 'event');
    });
    ends = [...ends, unsubscribe];
    request(
      watching.map(({ name }) => name),
      'start',
    );
  };

  await schedule(options.rules);
  return {
    reload: schedule,
    close() {
      closing.abort();
      for (const end of ends.splice(0)) end();
    },
  };
}
