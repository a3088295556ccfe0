import type { BuildEvent } from '@lading/builder';
import { explanationLines } from './build/explanation-text.ts';
import { formatDuration, type Progress } from './progress.ts';

/**
 * Build events as lines: a step says when it starts and how it ended, and each line of its output stands behind its number, so that
 * steps that run at the same time can be told apart.
 */
export function createBuildLog(
  progress: Progress,
  { explain = false }: { readonly explain?: boolean | undefined } = {},
): (event: BuildEvent) => void {
  const numbers = new Map<string, number>();
  const unfinished = new Map<string, string>();
  const decoder = new TextDecoder();
  const numberOf = (step: string): string => {
    const number = numbers.get(step) ?? numbers.size + 1;
    numbers.set(step, number);
    return `#${number}`;
  };

  return (event) => {
    switch (event.kind) {
      case 'notice':
        progress.log(`notice: ${event.text}`);
        return;
      case 'step-start':
        progress.log(`${numberOf(event.step)} ${event.title}`);
        return;
      case 'step-key':
        if (!explain) return;
        for (const line of explanationLines(event.explanation)) progress.log(`${numberOf(event.step)}   ${line}`);
        return;
      case 'step-output': {
        const text = (unfinished.get(event.step) ?? '') + decoder.decode(event.chunk);
        const lines = text.split('\n');
        unfinished.set(event.step, lines.pop() ?? '');
        for (const line of lines) progress.log(`${numberOf(event.step)}   ${line.replace(/\r$/, '')}`);
        return;
      }
      case 'step-end': {
        const rest = unfinished.get(event.step);
        if (rest !== undefined && rest !== '') progress.log(`${numberOf(event.step)}   ${rest}`);
        unfinished.delete(event.step);
        progress.log(
          `${numberOf(event.step)} ${event.cached ? 'cached' : `done in ${formatDuration(event.durationMs)}`}`,
        );
      }
    }
  };
}
