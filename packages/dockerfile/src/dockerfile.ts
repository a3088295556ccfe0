import type { ArgInstruction, FromInstruction, Instruction } from './instruction.ts';
import type { Span } from './span.ts';

/** A parsed Dockerfile (Dockerfile frontend 1.26). Arguments are unexpanded: what a variable holds is known only in a build. */
export interface Dockerfile {
  readonly filename: string;
  /** The text that all spans point into; a byte order mark is kept. */
  readonly text: string;
  readonly directives: Directives;
  /** Every instruction in order, global ARGs and FROMs included. */
  readonly instructions: readonly Instruction[];
  /** The ARGs before the first FROM. */
  readonly globalArgs: readonly ArgInstruction[];
  /** At least one. */
  readonly stages: readonly Stage[];
  /** What is odd but does not stop a build. */
  readonly warnings: readonly Warning[];
}

export interface Directives {
  /** The frontend image of `# syntax=`, as written; Lading reads the language itself and pulls nothing. */
  readonly syntax?: string;
  readonly escape: '\\' | '`';
  /** The value of `# check=`, as written. */
  readonly check?: string;
  /** Where each one stands, from its `#` to the end of the line. */
  readonly spans: { readonly syntax?: Span; readonly escape?: Span; readonly check?: Span };
}

/** A FROM and what follows it up to the next FROM. */
export interface Stage {
  /** Lower-case, since stage names are compared without case. */
  readonly name?: string;
  /** From 0. */
  readonly index: number;
  readonly from: FromInstruction;
  /** Without the FROM. */
  readonly instructions: readonly Instruction[];
  readonly span: Span;
}

export interface Warning {
  readonly kind: 'empty-continuation' | 'invalid-utf8';
  readonly message: string;
  readonly span: Span;
}
