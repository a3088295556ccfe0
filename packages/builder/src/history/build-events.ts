import type { Digest } from '@lading/oci';
import type { StepExplanation } from '../cache/explanation.ts';

/** What a history needs to know of a build beside the steps' start and end. */
export type HistoryEvent =
  /** What a stage starts from: an image, or, without a digest, another stage or nothing. */
  | {
      readonly kind: 'stage-base';
      readonly stage: string;
      readonly name: string;
      readonly digest?: Digest | undefined;
    }
  | { readonly kind: 'stage-needs'; readonly stage: string; readonly needed: string }
  /** A step looked into the cache. On a miss the work begins after this. */
  | {
      readonly kind: 'step-key';
      readonly step: string;
      readonly stage: string;
      readonly line?: number | undefined;
      /** Whose record says what it was made of. */
      readonly key: Digest;
      readonly explanation: StepExplanation;
    };
