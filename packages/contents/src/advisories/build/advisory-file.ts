/** A file that advisories are taken from: a zip of records, or a document in JSON, JSON lines or CSV, compressed by gzip or not. */
export interface AdvisoryFile {
  readonly path: string;
  /** How warnings name it. */
  readonly name: string;
  /** The one ecosystem of which it has all there is: a dump. What it says of others by the way is not all, and does not count. */
  readonly ecosystem?: string | undefined;
}
