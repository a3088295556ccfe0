import type { RowCost } from '../measured-row.ts';
import type { Base, Builder } from './builder.ts';

/** One comparison: what all builders do, again and again. */
export interface Row {
  readonly name: string;
  /** What is done, and in which state the builders are before. */
  readonly what: string;
  /** The next row goes on with the bases that builders have unpacked for this one. */
  readonly keepsBases?: boolean;
  prepare(site: Site): Promise<PreparedRow>;
}

/** Where a row works. */
export interface Site {
  readonly folder: string;
  /** What rows make for those after them. */
  readonly shared: string;
  readonly base: Base;
  readonly lading: string;
  /** Smaller: to see that it works. */
  readonly quick: boolean;
}

export interface PreparedRow {
  /** What builders take before the first run, besides the base. */
  readonly bases?: readonly Base[];
  /** Brings a builder to where the measured runs start. */
  warm?(builder: Builder): Promise<void>;
  /** Undefined when a builder cannot do it. The number is another for each run of all. */
  run(builder: Builder, serial: number): Promise<RowCost | undefined>;
  /** Ends what was started for the row. */
  end?(): Promise<void>;
}
