/** A part of the benchmark that was measured. */
export interface Section {
  readonly name: string;
  /** For --json. */
  readonly data: unknown;
  /** For people. */
  readonly text: string;
}
