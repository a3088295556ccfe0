import { setTimeout as sleep } from 'node:timers/promises';
import { isLadingError } from '@lading/errors';
import { matchRepositories } from '../access/repository-pattern.ts';
import type { Events } from '../events/events.ts';
import type { JobRunner } from '../jobs/job-runner.ts';
import type { ReplicationRule } from './replication-config.ts';

/** What happens together is replicated together. */
const gatherMs = 500;
/** A run that was just going on did not see what happened meanwhile. */
const againMs = 2000;

export interface ReplicationSchedule {
  reload(rules: readonly ReplicationRule[]): Promise<void>;
  close(): void;
}

/** Starts rules at their times, and as soon as something happens in a repository that one is for. */
export async function scheduleReplication(
  runner: Pick<JobRunner, 'start'>,
  events: Events,
  rules: readonly ReplicationRule[],
  onProblem: (error: unknown) => void,
): Promise<ReplicationSchedule> {
  const closing = new AbortController();
  const due = new Set<string>();
  let starting = false;
  let ends: (() => void)[] = [];

  const start = async (actor: string): Promise<void> => {
    if (starting) return;
    starting = true;
    try {
      await sleep(gatherMs, undefined, { signal: closing.signal, ref: false });
      while (due.size > 0) {
        const names = [...due];
        try {
          await runner.start('replicate', { actor, options: { rules: names } });
          for (const name of names) due.delete(name);
        } catch (error) {
          if (!isLadingError(error, 'JOB_RUNNING')) throw error;
          await sleep(againMs, undefined, { signal: closing.signal, ref: false });
        }
      }
    } catch (error) {
      due.clear();
      if (!closing.signal.aborted) onProblem(error);
    } finally {
      starting = false;
    }
  };

  const schedule = async (current: readonly ReplicationRule[]): Promise<void> => {
    for (const end of ends.splice(0)) end();
    const timed = current.filter(({ schedule: pattern }) => pattern !== undefined);
    if (timed.length > 0) {
      const { Cron } = await import('croner');
      const crons = timed.map(
        ({ name, schedule: pattern = '' }) =>
          new Cron(pattern, { mode: '5-part', timezone: 'UTC', unref: true }, () => {
            due.add(name);
            void start('schedule');
          }),
      );
      ends.push(() => {
        for (const cron of crons) cron.stop();
      });
    }
    const watching = current
      .filter(({ onEvent }) => onEvent)
      .map(({ name, repositories }) => ({ name, matches: matchRepositories(repositories) }));
    if (watching.length === 0) return;
    const unsubscribe = events.subscribe(({ kind, repository }) => {
      if (kind !== 'tag' && kind !== 'untag' && kind !== 'push' && kind !== 'delete') return;
      for (const { name, matches } of watching) if (matches(repository)) due.add(name);
      if (due.size > 0) void start('event');
    });
    ends = [...ends, unsubscribe];
  };

  await schedule(rules);
  return {
    reload: schedule,
    close() {
      closing.abort();
      for (const end of ends.splice(0)) end();
    },
  };
}
