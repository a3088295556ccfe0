import { formatDuration } from '../progress.ts';
import { type BuildProgress, type StepProgress, shown } from './progress-state.ts';

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

const mostLinesOfStep = 6;

/**
 * What a terminal shows of a build while it runs: each running step with its time and the end of its output, as far as there is room;
 * how many are over below. A step that is over is a line above that stays: see `endedLine`.
 */
export function liveLines({ steps, startedMs }: BuildProgress, { columns, rows }: ScreenSize, nowMs: number): string[] {
  const all = [...steps.values()];
  const running = all.filter(({ status }) => status === 'running');
  if (running.length === 0) return [];
  const room = Math.max(1, rows - 3);
  const shown = running.slice(0, room);
  const each = Math.min(mostLinesOfStep, Math.floor((room - shown.length) / shown.length));
  const lines = shown.flatMap((step) => [
    stepLine(step, columns, nowMs - step.startedMs),
    ...(each > 0 ? step.tail.slice(-each) : []).map((line) => cut(`   ${line}`, columns)),
  ]);
  const more = running.length > shown.length ? `, ${running.length - shown.length} more running` : '';
  const over = `${all.length - running.length} steps over${more}`;
  return [...lines, cut(`building for ${formatDuration(wholeSeconds(nowMs - startedMs))}, ${over}`, columns)];
}

/** A step that is over, in one line. */
export function endedLine({ number, title, status, durationMs }: StepProgress): string {
  return `#${number} ${title} ${status === 'cached' ? 'cached' : `done in ${formatDuration(durationMs)}`}`;
}

/** A step that was still running when the build failed, with the end of what it said. */
export function brokenLines({ number, title, tail, partial }: StepProgress): string[] {
  const last = partial.length === 0 ? [] : [shown(partial)];
  return [`#${number} ${title}`, ...[...tail, ...last].map((line) => `#${number}   ${line}`)];
}

/** The time stands at the right, so that titles stay where they are. */
function stepLine({ number, title }: StepProgress, columns: number, elapsedMs: number): string {
  const time = formatDuration(wholeSeconds(elapsedMs));
  const room = Math.max(10, columns - time.length - 2);
  return `${cut(`#${number} ${title}`, room + 1).padEnd(room)} ${time}`;
}

function wholeSeconds(ms: number): number {
  return ms < 1000 ? 0 : Math.floor(ms / 1000) * 1000;
}

/** One column stays free: a full line would move the cursor on. */
function cut(text: string, columns: number): string {
  return text.length < columns ? text : `${text.slice(0, Math.max(1, columns - 2))}…`;
}
