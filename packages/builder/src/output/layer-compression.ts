/** How the bytes of a layer are made of its tar. */
export interface LayerCompression {
  readonly compression: 'none' | 'gzip' | 'zstd';
  /** That of the compression unless told. */
  readonly level?: number | undefined;
}

/** Of layers in the image: what every engine and registry reads. */
export const defaultCompression: LayerCompression = { compression: 'gzip' };

/** Of layers that other stages only copy from: several times quicker, and about as small. */
export const sourceCompression: LayerCompression = { compression: 'zstd', level: 1 };

/** Equal names give equal bytes for equal tars: `gzip`, `zstd:1`. */
export function compressionName({ compression, level }: LayerCompression): string {
  return level === undefined ? compression : `${compression}:${level}`;
}
