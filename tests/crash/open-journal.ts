import { type Journal, openDirectoryJournal } from '@lading/store';

/** A journal whose files are so small that several are begun. */
export function openJournal(folder: string): Promise<Journal> {
  return openDirectoryJournal(folder, { segmentBytes: 3000 });
}
