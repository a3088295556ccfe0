export type { ArchivedContent, ArchivedEntry, EntryType, TarEntry, TarEntryInput, TarHeader } from './entry.ts';
export { compareNames, decodeName, encodeName } from './names.ts';
export { assertSafePath, normalizePath } from './path.ts';
export { type ReadTarOptions, readTar } from './read.ts';
export { isWhiteoutMetadata, opaqueOf, parseWhiteout, type Whiteout, whiteoutOf } from './whiteout.ts';
export { writeTar } from './write.ts';
