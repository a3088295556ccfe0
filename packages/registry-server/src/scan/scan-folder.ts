import { type ContentStore, makeFolder } from '@lading/store';
import { workingFolder } from '../upstream/working-folder.ts';

/** Where large files of layers lie while they are read, and the advisories that were fetched. It may be deleted at any time. */
export async function scanFolder(content: ContentStore): Promise<string> {
  const folder = workingFolder(content, 'scan');
  await makeFolder(folder);
  return folder;
}
