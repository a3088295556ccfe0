export type { EntryType, TarEntry, TarHeader } from './entry.ts';
