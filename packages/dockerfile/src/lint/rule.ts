import type { Span } from '../span.ts';
import type { Fix, Level } from './finding.ts';
import type { Subject } from './subject.ts';

/** One check of a Dockerfile. */
export interface Rule {
  /** In CamelCase; BuildKit's own names for its checks. */
  readonly name: string;
  readonly level: Level;
  /** `buildkit`: a check of the Dockerfile frontend 1.26, which a build tells of as well. */
  readonly origin: 'buildkit' | 'lading';
  /** Only on request. */
  readonly experimental?: true;
  /** What is asked for, as one sentence. */
  readonly summary: string;
  /** Why it matters and what to do. */
  readonly help: string;
  /** Files for the catalogue: `bad` gives a finding, `good` gives none. */
  readonly example: { readonly bad: string; readonly good: string };
  /** Gives what is found, in any order. Throws nothing. */
  readonly check: (subject: Subject) => Iterable<Complaint>;
}

/** A finding before its rule is written into it. */
export interface Complaint {
  readonly message: string;
  readonly span: Span;
  readonly fix?: Fix | undefined;
}
