import type { Digest } from '@lading/oci';
import type { KeyChange } from './key-changes.ts';

/** Why a step did not have to run, or had to. */
export type StepExplanation =
  | {
      readonly outcome: 'hit';
      /** When the step was run, as far as it is known: ISO 8601. */
      readonly since?: string | undefined;
      /** The build of this machine that ran it. */
      readonly build?: string | undefined;
      /** The cache that it was imported from. */
      readonly cache?: string | undefined;
    }
  | {
      readonly outcome: 'miss';
      /**
       * `first`: nothing like it was built before; `changed`: `changes` say what is different; `removed`: it was built, but its result is
       * not here any more, or it failed; `no-cache`: it was asked for.
       */
      readonly reason: 'first' | 'changed' | 'removed' | 'no-cache';
      /** The step of an earlier build that it was compared with. */
      readonly comparedWith?: { readonly build: string; readonly at: string; readonly step: string } | undefined;
      readonly changes: readonly ExplainedChange[];
    };

/** As between two keys, with what changed below a step traced to where that began. */
export type ExplainedChange = Exclude<KeyChange, { what: 'file-system' }> | ChangeBelow;

export type ChangeBelow =
  /** FROM names another image than it did, or the same name another content. */
  | {
      readonly what: 'base';
      readonly name: string;
      readonly before?: string | undefined;
      readonly after?: Digest | undefined;
    }
  /** A step before this one gave another result: its title. */
  | { readonly what: 'step'; readonly step: string }
  /** The stage that this one starts from gave another result. */
  | { readonly what: 'stage'; readonly stage: string }
  /** Something below is different, and the records do not say what. */
  | { readonly what: 'file-system' };
