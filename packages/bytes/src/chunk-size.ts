/** The size of chunk that sources and filters aim for when the choice is theirs: 512 KiB. */
export const CHUNK_BYTES: number = 512 * 1024;
