import { isLadingError, messageOf } from '@lading/errors';
import type { Digest } from '@lading/oci';
import { processMark } from '@lading/store';
import type { BuildEvent } from '../build-event.ts';
import type { BuildFailure, BuildRecord, StageRecord, StepRecord } from './build-record.ts';
import { type HistoryFolder, newBuildId, openHistory, scopeOf } from './history-folder.ts';
import { StepLog } from './step-log.ts';

export interface RecordedBuild {
  /** The Dockerfile or recipe, or the folder that buildpacks build; absolute. */
  readonly file: string;
  readonly target?: string | undefined;
  readonly tags: readonly string[];
}

/**
 * Keeps a build in the history: hand it every event, and say how the build ended. Its record is there from the start, so that one that was
 * killed is seen, too. Losing a record costs an explanation; a history that cannot be written to stops no build.
 */
export class BuildRecorder {
  readonly id: string;
  readonly history: HistoryFolder;
  readonly scope: string;
  readonly #build: RecordedBuild;
  readonly #startedAt = new Date();
  readonly #started = performance.now();
  readonly #log: StepLog;
  readonly #steps = new Map<string, StepRecord>();
  readonly #stages = new Map<string, StageRecord>();
  readonly #notices: string[] = [];

  private constructor(history: HistoryFolder, build: RecordedBuild) {
    this.id = newBuildId(this.#startedAt);
    this.history = history;
    this.scope = scopeOf(build);
    this.#build = build;
    this.#log = new StepLog(history.logPath(this.id));
  }

  static async start(folder: string, build: RecordedBuild): Promise<BuildRecorder> {
    const recorder = new BuildRecorder(openHistory(folder), build);
    await recorder.#write('running');
    return recorder;
  }

  get steps(): readonly StepRecord[] {
    return [...this.#steps.values()];
  }

  stage(name: string): StageRecord {
    return this.#stages.get(name) ?? { name, needs: [] };
  }

  readonly onEvent = (event: BuildEvent): void => {
    switch (event.kind) {
      case 'stage-base': {
        const { name, digest } = event;
        const base = digest === undefined ? { name } : { name, digest };
        this.#stages.set(event.stage, { ...this.stage(event.stage), base });
        return;
      }
      case 'stage-needs': {
        const stage = this.stage(event.stage);
        if (stage.needs.includes(event.needed)) return;
        this.#stages.set(event.stage, { ...stage, needs: [...stage.needs, event.needed] });
        return;
      }
      case 'step-start': {
        const { step: id, title, stage, line } = event;
        this.#steps.set(id, { id, title, stage, line, state: 'running', startMs: this.#now() });
        return;
      }
      case 'step-key': {
        const { stage, line, key, explanation } = event;
        this.#change(event.step, { stage, line, key, explanation });
        return;
      }
      case 'step-output':
        this.#log.add(event.step, event.chunk);
        return;
      case 'step-end': {
        const { cached, durationMs, layer } = event;
        const state = cached ? 'cached' : 'done';
        this.#change(event.step, { state, durationMs: Math.round(durationMs), layer });
        return;
      }
      case 'notice':
        this.#notices.push(event.text);
    }
  };

  async done(digest: Digest | undefined): Promise<void> {
    await this.#end('done', { digest });
  }

  async failed(error: unknown): Promise<void> {
    const interrupted = isLadingError(error, 'INTERRUPTED');
    for (const step of this.steps) {
      if (step.state !== 'running') continue;
      const durationMs = this.#now() - step.startMs;
      const isCause = isLadingError(error) && error.details.line === step.line;
      this.#change(step.id, { durationMs, ...(isCause && !interrupted ? { state: 'failed' } : {}) });
    }
    await this.#end(interrupted ? 'interrupted' : 'failed', { error: failureOf(error) });
  }

  #change(id: string, change: Partial<StepRecord>): void {
    const step = this.#steps.get(id);
    if (step !== undefined) this.#steps.set(id, { ...step, ...change });
  }

  #now(): number {
    return Math.round(performance.now() - this.#started);
  }

  async #end(state: BuildRecord['state'], more: Partial<BuildRecord>): Promise<void> {
    await this.#write(state, { ...more, durationMs: this.#now() });
  }

  async #write(state: BuildRecord['state'], more: Partial<BuildRecord> = {}): Promise<void> {
    const record: BuildRecord = {
      ...{ id: this.id, startedAt: this.#startedAt.toISOString(), state, process: processMark(), ...this.#build },
      ...{ stages: [...this.#stages.values()], steps: this.steps, notices: this.#notices, ...more },
    };
    try {
      this.#log.flush();
      await this.history.write(this.scope, record);
    } catch {
      // Such as a full disk: the build itself tells of that where it matters.
    }
  }
}

function failureOf(error: unknown): BuildFailure {
  if (!isLadingError(error)) return { code: 'DEFECT', message: messageOf(error) };
  const { line, output } = error.details;
  return {
    code: error.code,
    message: error.message,
    ...(typeof line === 'number' ? { line } : {}),
    ...(typeof output === 'string' ? { output } : {}),
  };
}
