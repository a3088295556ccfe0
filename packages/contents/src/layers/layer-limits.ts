/** How far the reading of one layer goes, whatever the layer holds. */
export interface LayerLimits {
  /** Entries of the archive; a layer with more is not read. */
  readonly entries: number;
  /** Bytes that the paths of all entries take, of which each holds what makes it different from the one before; nor one with more than that. */
  readonly pathBytes: number;
  /** Bytes of a file up to which it is held in memory while catalogers read it; larger ones go through a temporary file. */
  readonly heldBytes: number;
  /** Bytes of one file that catalogers read. Larger files are passed over, with a warning. */
  readonly fileBytes: number;
  /** Bytes that go through temporary files, in all. Beyond, large files are passed over, with a warning. */
  readonly spooledBytes: number;
  /** Facts of any one kind that are kept; of packages, that all layers of an image may have together. */
  readonly facts: number;
  /** What all facts may take as JSON, without the paths; so, too, for an image. In memory it is up to twenty times as much. */
  readonly factBytes: number;
  /** Notable files of any one kind that are kept. */
  readonly notableFiles: number;
  readonly warnings: number;
}

export const defaultLayerLimits: LayerLimits = {
  entries: 5_000_000,
  pathBytes: 32 << 20,
  heldBytes: 16 << 20,
  fileBytes: 4 * 2 ** 30,
  spooledBytes: 16 * 2 ** 30,
  facts: 30_000,
  factBytes: 16 << 20,
  notableFiles: 1000,
  warnings: 100,
};
