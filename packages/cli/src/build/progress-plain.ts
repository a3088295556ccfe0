import type { BuildEvent } from '@lading/builder';
import { formatDuration } from '../progress.ts';
import { explanationLines } from './explanation-text.ts';
import type { Advance, BuildProgress, StepProgress } from './progress-state.ts';

/** For so long a step that says nothing keeps others waiting. */
const patienceMs = 3000;
/** A step whose lines wait gets its turn when there are more. */
const maxWaiting = 5000;

export interface PlainLogOptions {
  readonly explain?: boolean | undefined;
}

/**
 * Lines for logs. What one step says stands together: while one has the word, lines of others wait until it is over, or silent for a
 * while. Each line begins with the number of its step.
 */
export class PlainLog {
  readonly #explain: boolean;
  readonly #waiting = new Map<string, string[]>();
  readonly #over = new Set<string>();
  #speaker: string | undefined;
  #spokeMs = 0;

  constructor({ explain = false }: PlainLogOptions = {}) {
    this.#explain = explain;
  }

  /** What is to be written now. `advanced`: what the event made of the build. */
  add(event: BuildEvent, { state, lines }: Advance, nowMs: number): readonly string[] {
    if (event.kind === 'notice') return [`notice: ${event.text}`];
    if (!('step' in event)) return [];
    const step = state.steps.get(event.step);
    if (step === undefined) return [];
    const said = this.#said(event, step, lines);
    if (event.kind === 'step-end') this.#over.add(event.step);
    if (this.#speaker !== undefined && this.#speaker !== event.step) {
      const waiting = this.#waiting.get(event.step) ?? [];
      waiting.push(...said);
      this.#waiting.set(event.step, waiting);
      return waiting.length > maxWaiting ? this.#give(event.step, state, nowMs) : this.tick(state, nowMs);
    }
    if (said.length > 0) this.#spokeMs = nowMs;
    this.#speaker = event.step;
    return event.kind === 'step-end' ? [...said, ...this.#next(state, nowMs)] : said;
  }

  /** What is to be written because time went by. */
  tick(state: BuildProgress, nowMs: number): readonly string[] {
    const [next] = this.#waiting.keys();
    return next === undefined || nowMs - this.#spokeMs < patienceMs ? [] : this.#give(next, state, nowMs);
  }

  /** What was still waiting, for the end of a build. */
  rest(): readonly string[] {
    const rest = [...this.#waiting.values()].flat();
    this.#waiting.clear();
    this.#speaker = undefined;
    return rest;
  }

  #said(event: BuildEvent, { number, title, status, durationMs }: StepProgress, lines: readonly string[]): string[] {
    const output = lines.map((line) => `#${number}   ${line}`);
    switch (event.kind) {
      case 'step-start':
        return [`#${number} ${title}`];
      case 'step-key':
        return this.#explain ? explanationLines(event.explanation).map((line) => `#${number}   ${line}`) : [];
      case 'step-end':
        return [...output, `#${number} ${status === 'cached' ? 'cached' : `done in ${formatDuration(durationMs)}`}`];
      default:
        return output;
    }
  }

  /** The word goes to another, although the speaker is not done; should it say more, that begins with its title. */
  #give(step: string, state: BuildProgress, nowMs: number): readonly string[] {
    const speaker = this.#speaker;
    const before = speaker === undefined ? undefined : state.steps.get(speaker);
    if (speaker !== undefined && before?.status === 'running')
      this.#waiting.set(speaker, [`#${before.number} ${before.title} goes on`]);
    return this.#take(step, state, nowMs);
  }

  #take(step: string, state: BuildProgress, nowMs: number): readonly string[] {
    const lines = this.#waiting.get(step) ?? [];
    this.#waiting.delete(step);
    this.#speaker = step;
    this.#spokeMs = nowMs;
    return this.#over.has(step) ? [...lines, ...this.#next(state, nowMs)] : lines;
  }

  /** Those that are over come first: they keep nobody waiting. Of the others a title that goes on is worth nothing alone. */
  #next(state: BuildProgress, nowMs: number): readonly string[] {
    this.#speaker = undefined;
    const waiting = [...this.#waiting.keys()];
    const next = waiting.find((step) => this.#over.has(step)) ?? waiting[0];
    return next === undefined ? [] : this.#take(next, state, nowMs);
  }
}
