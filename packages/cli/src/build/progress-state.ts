import { stripVTControlCharacters } from 'node:util';
import type { BuildEvent } from '@lading/builder';
import { printable, printableLine } from '../printable.ts';

/** A step as a view shows it. */
export interface StepProgress {
  /** From 1, in the order in which steps began. */
  readonly number: number;
  readonly title: string;
  /** Of the clock that `advance` is given. */
  readonly startedMs: number;
  readonly status: 'running' | 'done' | 'cached';
  /** Once it is over. */
  readonly durationMs: number;
  /** The last lines of its output. */
  readonly tail: readonly string[];
  /** The beginning of a line that is not whole yet. */
  readonly partial: Buffer;
}

/** Where a build stands. A value: each event makes the next one from it. */
export interface BuildProgress {
  readonly steps: ReadonlyMap<string, StepProgress>;
  readonly startedMs: number;
}

export interface Advance {
  readonly state: BuildProgress;
  /** Lines of output that became whole by this event. */
  readonly lines: readonly string[];
}

const keptLines = 20;
/** A line that is longer is taken for several. */
const maxLineBytes = 16 << 10;
const nothing = Buffer.alloc(0);

export function beginBuild(nowMs: number): BuildProgress {
  return { steps: new Map(), startedMs: nowMs };
}

export function advance(state: BuildProgress, event: BuildEvent, nowMs: number): Advance {
  switch (event.kind) {
    case 'step-start': {
      const number = state.steps.size + 1;
      const over = { status: 'running', durationMs: 0, tail: [], partial: nothing } as const;
      return change(state, event.step, { number, title: printableLine(event.title), startedMs: nowMs, ...over });
    }
    case 'step-output': {
      const step = state.steps.get(event.step);
      if (step === undefined) return { state, lines: [] };
      const { lines, partial } = split(step.partial, event.chunk);
      return change(state, event.step, { ...step, tail: [...step.tail, ...lines].slice(-keptLines), partial }, lines);
    }
    case 'step-end': {
      const step = state.steps.get(event.step);
      if (step === undefined) return { state, lines: [] };
      const lines = step.partial.length === 0 ? [] : [shown(step.partial)];
      const { cached, durationMs } = event;
      const status = cached ? 'cached' : 'done';
      return change(state, event.step, { ...step, status, durationMs, tail: [], partial: nothing }, lines);
    }
    default:
      return { state, lines: [] };
  }
}

function change(state: BuildProgress, id: string, step: StepProgress, lines: readonly string[] = []): Advance {
  return { state: { ...state, steps: new Map(state.steps).set(id, step) }, lines };
}

/** Lines end at bytes, before they are decoded: a chunk may end within a character. */
function split(before: Buffer, chunk: Uint8Array): { lines: string[]; partial: Buffer } {
  let rest = Buffer.concat([before, chunk]);
  const lines: string[] = [];
  for (;;) {
    const at = rest.indexOf(0x0a);
    const end = at >= 0 ? at : rest.length > maxLineBytes ? maxLineBytes : -1;
    if (end < 0) return { lines, partial: rest };
    lines.push(shown(rest.subarray(0, end)));
    rest = rest.subarray(at >= 0 ? end + 1 : end);
  }
}

/** What a terminal would show in the end: of a line that was written over itself the last state, nothing that steers. */
export function shown(line: Buffer): string {
  const text = stripVTControlCharacters(line.toString('utf8').replace(/\r+$/, ''));
  return printable(text.slice(text.lastIndexOf('\r') + 1)).replaceAll('\t', '    ');
}
