import type { Span } from './span.ts';

/** Lines below an instruction up to the one that is `name` (Dockerfile reference §here-documents). */
export interface Heredoc {
  readonly name: string;
  /** The lines with their line breaks as written; leading tabs are gone where `stripTabs` asks for it. */
  readonly content: string;
  /** False when part of the name was quoted: then variables in the content are left alone. */
  readonly expand: boolean;
  /** `<<-` */
  readonly stripTabs: boolean;
  /** The number before `<<`; 0 when there is none. */
  readonly fileDescriptor: number;
  /** Of the content, without the line that ends it. */
  readonly span: Span;
}
