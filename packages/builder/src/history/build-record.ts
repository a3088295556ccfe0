import type { Digest } from '@lading/oci';
import type { StepExplanation } from '../cache/explanation.ts';

/** What is kept of a build, in one small file of JSON. Times are milliseconds; those of steps count from the start of the build. */
export interface BuildRecord {
  readonly id: string;
  /** ISO 8601. */
  readonly startedAt: string;
  /** Absent while it runs, and for one that was killed. */
  readonly durationMs?: number | undefined;
  /** `running` also stands in the record of a build that was killed: then its process is gone. */
  readonly state: 'running' | 'done' | 'failed' | 'interrupted';
  /** Names the process, as `processMark()` does. */
  readonly process: string;
  /** The Dockerfile or recipe, or the folder that buildpacks built; absolute. */
  readonly file: string;
  readonly target?: string | undefined;
  readonly tags: readonly string[];
  /** Of the manifest or index that was built. */
  readonly digest?: Digest | undefined;
  readonly error?: BuildFailure | undefined;
  readonly stages: readonly StageRecord[];
  /** In the order in which they began. */
  readonly steps: readonly StepRecord[];
  readonly notices: readonly string[];
}

export interface BuildFailure {
  readonly code: string;
  readonly message: string;
  /** In the Dockerfile, from 1. */
  readonly line?: number | undefined;
  /** The end of what the step that failed wrote. */
  readonly output?: string | undefined;
}

export interface StageRecord {
  readonly name: string;
  /** The image it starts from; `stage` where that is another one. */
  readonly base?: { readonly name: string; readonly digest?: Digest | undefined } | undefined;
  /** The stages it had to wait for. */
  readonly needs: readonly string[];
}

export interface StepRecord {
  /** The same in every build of the same thing: of a Dockerfile `<stage index>:<instruction index>`. */
  readonly id: string;
  readonly title: string;
  readonly stage?: string | undefined;
  readonly line?: number | undefined;
  readonly state: 'running' | 'cached' | 'done' | 'failed';
  readonly startMs: number;
  readonly durationMs?: number | undefined;
  readonly key?: Digest | undefined;
  readonly layer?: Digest | undefined;
  readonly explanation?: StepExplanation | undefined;
}

/** The record that a file holds; undefined for what cannot be read. */
export function parseBuildRecord(text: string): BuildRecord | undefined {
  try {
    const value = JSON.parse(text) as BuildRecord; // our own file
    const whole = typeof value.id === 'string' && Array.isArray(value.steps) && Array.isArray(value.stages);
    return whole ? value : undefined;
  } catch {
    return undefined;
  }
}
