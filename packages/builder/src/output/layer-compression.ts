/** How the bytes of a layer are made of its tar. */
export interface LayerCompression {
  /** `estargz`: gzip with a table of contents, by which stargz snapshotters read single files. It adds an entry to the tar. */
  readonly compression: 'none' | 'gzip' | 'zstd' | 'estargz';
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

/**
 * What steps write when the image is to have this. The entry that eStargz adds would be part of what later steps start from: it comes
 * when all steps are done.
 */
export function stepCompression(image: LayerCompression): LayerCompression {
  return image.compression === 'estargz' ? sourceCompression : image;
}
