/** Where Lading tells other packages of a root file system than another program, and why that is right. */
export interface Deviation {
  readonly root: string;
  readonly tool: string;
  /** `name version`. */
  readonly package: string;
  readonly only: 'ours' | 'theirs';
  readonly reason: string;
}

/** A difference that is not here fails the comparison, and so does one here that is no difference. */
export const deviations: readonly Deviation[] = [];
