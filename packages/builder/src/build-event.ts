import type { Digest } from '@lading/oci';
import type { HistoryEvent } from './history/build-events.ts';

/** What happens while building, for progress. `step` identifies a step across its events. */
export type BuildEvent =
  | {
      readonly kind: 'step-start';
      readonly step: string;
      readonly title: string;
      readonly stage?: string | undefined;
      /** In the Dockerfile, from 1. */
      readonly line?: number | undefined;
    }
  | { readonly kind: 'step-output'; readonly step: string; readonly chunk: Uint8Array }
  | {
      readonly kind: 'step-end';
      readonly step: string;
      readonly title: string;
      readonly cached: boolean;
      readonly durationMs: number;
      /** That it made. */
      readonly layer?: Digest | undefined;
    }
  | HistoryEvent
  | { readonly kind: 'notice'; readonly text: string };
