import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Case } from './case.ts';

/** Writes a case's files, as under a umask, below a folder; the context, where the command runs, is its folder `context`. */
export async function writeContext(one: Case, folder: string, umask = 0o022): Promise<string> {
  const context = join(folder, 'context');
  await mkdir(context, { recursive: true });
  for (const { path, mode, content } of one.files) {
    const place = join(context, path);
    await mkdir(dirname(place), { recursive: true });
    if (content === 'folder') await mkdir(place, { recursive: true });
    else if ('linkTo' in content) await symlink(content.linkTo, place);
    else await writeFile(place, content.text);
    if (content === 'folder' || 'text' in content) await chmod(place, (mode & 0o111 ? 0o777 : 0o666) & ~umask);
  }
  return context;
}
