import type { BuildEvent } from '@lading/builder';
import type { Advance } from './progress-state.ts';

/** The objects that programs read of an event: what began and ended, each line of output, notices. */
export function jsonRecords(event: BuildEvent, { state, lines }: Advance): readonly object[] {
  if (event.kind === 'notice') return [{ event: 'notice', text: event.text }];
  const step = 'step' in event ? state.steps.get(event.step) : undefined;
  if (!('step' in event) || step === undefined) return [];
  const { number, title, durationMs } = step;
  const place = { step: event.step, number };
  const output = lines.map((line) => ({ event: 'step-output', ...place, line }));
  switch (event.kind) {
    case 'step-start':
      return [{ event: 'step-start', ...place, title }];
    case 'step-key':
      return [{ event: 'step-key', ...place, key: event.key, explanation: event.explanation }];
    case 'step-end':
      return [
        ...output,
        {
          event: 'step-end',
          ...place,
          title,
          cached: event.cached,
          durationMs: Math.round(durationMs),
          layer: event.layer,
        },
      ];
    default:
      return output;
  }
}
