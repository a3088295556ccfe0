import type { Actor, Catalog } from '@lading/catalog';
import type { ContentStore } from '@lading/store';
import type { RegistryConfig } from '../config/registry-config.ts';

/**
 * Long work of a registry: a collection, a replication, a scrub. It runs beside requests, where there is a place for that in a thread of its
 * own with its own connections, and in one replica at a time.
 */
export interface Job {
  /** In commands and paths: `gc`. */
  readonly name: string;
  readonly summary: string;
  /**
   * Breaks off when the signal fires, and may be broken off anywhere by a crash: the next run goes on. What it changes in the catalog is by
   * `by`. The figures that it resolves with are its outcome.
   */
  run(context: JobContext): Promise<JobFigures>;
}

export interface JobContext {
  readonly content: ContentStore;
  readonly catalog: Catalog;
  readonly config: RegistryConfig;
  /** As whoever started it gave them. */
  readonly options: JobOptions;
  readonly by: Actor;
  /** Of the program; documents name it. */
  readonly version?: string | undefined;
  readonly signal: AbortSignal;
  /** What is done so far. May be called often; some of it reaches the database. */
  report(progress: JobFigures): void;
}

/** JSON values. */
export type JobOptions = Readonly<Record<string, unknown>>;
export type JobFigures = Readonly<Record<string, unknown>>;

/** A run of a job that is asked for, as it goes to where it runs. */
export interface JobTask {
  readonly id: string;
  readonly name: string;
  readonly options: JobOptions;
  /** Whoever asked for it: `user:ann`, `schedule`, `recovery`. */
  readonly actor: string;
}

/** Runs a task somewhere: in this thread, or in another. */
export type ExecuteJob = (
  task: JobTask,
  io: { readonly signal: AbortSignal; readonly report: (progress: JobFigures) => void },
) => Promise<JobFigures>;

/** What a job's changes are by. */
export function jobActor(name: string): Actor {
  return { name: `job:${name}` };
}
