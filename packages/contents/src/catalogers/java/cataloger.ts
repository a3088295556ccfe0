import type { CatalogedFile, Cataloger, Fact } from '../cataloger.ts';
import { ARCHIVE, newBudget, readArchive } from './archive.ts';

/**
 * The artifacts of Java archives, of archives in archives, and of those that were merged into one. An artifact whose groupId nothing surely
 * says has none; no advisory can be found for it by its name.
 */
export const javaCataloger: Cataloger = {
  name: 'java-archive',
  wants: (file, start) => ARCHIVE.test(file.path) && isArchive(start),
  read: (file: CatalogedFile): AsyncIterable<Fact> => readArchive(file, file.path, newBudget(), file.signal),
};

/** Applications that start themselves have a shell script in front. */
function isArchive(start: Uint8Array): boolean {
  return (start[0] === 0x50 && start[1] === 0x4b) || (start[0] === 0x23 && start[1] === 0x21);
}
