/** What a recipe's build is doing. `done` counts up to `total`, in packages, or in bytes where `bytes` is true. */
export interface RecipeProgress {
  readonly step: 'release' | 'index' | 'resolve' | 'download' | 'unpack';
  readonly done: number;
  readonly total: number;
  readonly bytes: boolean;
  /** What it is at, such as a suite or a package. */
  readonly name: string;
  /** Of a download: it was here already. */
  readonly cached?: boolean | undefined;
}
