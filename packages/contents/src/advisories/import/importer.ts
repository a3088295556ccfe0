import type { AdvisoryRecord } from '../advisory-record.ts';

/** One kind of source of advisories. To read another, add a file and a line in `all-importers.ts`. */
export interface Importer {
  /** As the database names the source: `OSV`. */
  readonly name: string;
  /** Whether a document is of this kind, by its content: what its JSON says, or its text where it is no JSON. */
  recognises(document: unknown): boolean;
  /** What it says; what cannot be read is told as a warning, and the rest is read nevertheless. */
  read(document: unknown, options: ImportOptions): Iterable<Statement>;
}

export interface ImportOptions {
  /** Take in packages that were published to do harm (`MAL-…`): several hundred thousand that registries removed long ago. */
  readonly malicious?: boolean | undefined;
}

export type Statement =
  | { readonly kind: 'record'; readonly record: AdvisoryRecord; readonly source?: string | undefined }
  /** Left out on purpose. */
  | { readonly kind: 'skipped'; readonly reason: 'withdrawn' | 'malicious' | 'no vulnerability' | 'no package' }
  | { readonly kind: 'exploitation'; readonly cve: string; readonly epss?: number; readonly kev?: true }
  | { readonly kind: 'warning'; readonly message: string };
