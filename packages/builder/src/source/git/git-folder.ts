import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fromBuffer, fromFile, type Io } from '@lading/bytes';
import type { ArchiveFiles } from '../../archive/archive-files.ts';
import { git } from './git.ts';
import { withoutCredentials } from './git-address.ts';
import type { GitCommit } from './git-cache.ts';

/**
 * A `.git` for `--keep-git-dir`: one commit and its objects in one pack, a detached HEAD, the tag or branch it was found under, and an
 * index without times. The same commit and the same git give the same bytes.
 */
export async function addGitFolder(
  files: ArchiveFiles,
  { repository, commit, ref, url }: Omit<GitCommit, 'time'>,
  spoolFolder: string,
  io: Io,
): Promise<void> {
  const work = await mkdtemp(join(spoolFolder, 'git-'));
  try {
    const objects = await git(['rev-list', '--objects', '--no-walk', commit], { repository, ...io });
    const names = objects
      .split('\n')
      .map((line) => line.split(' ', 1)[0])
      .filter((name) => name !== '');
    const fixed = ['--threads=1', '--no-reuse-delta', '--no-reuse-object', '--compression=6', '--window=10'];
    await git(['pack-objects', '--quiet', ...fixed, join(work, 'pack')], {
      repository,
      input: `${names.join('\n')}\n`,
      ...io,
    });
    await git(['read-tree', commit], { repository, env: { GIT_INDEX_FILE: join(work, 'index') }, ...io });
    const add = (path: string, content: string): Promise<void> =>
      files.addFile(`.git/${path}`, fromBuffer(content), Buffer.byteLength(content));
    await add('HEAD', `${commit}\n`);
    await add('config', configOf(url));
    await add('shallow', `${commit}\n`);
    for (const name of (await readdir(work)).sort()) {
      const place = name === 'index' ? name : `objects/pack/${name}`;
      const { size } = await stat(join(work, name));
      await files.addFile(`.git/${place}`, fromFile(join(work, name), io), size);
    }
    // Without a folder of references it is no repository.
    await add(ref?.startsWith('refs/') ? ref : 'refs/heads/.keep', ref?.startsWith('refs/') ? `${commit}\n` : '');
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function configOf(url: string): string {
  const core = '[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n';
  return `${core}[remote "origin"]\n\turl = ${withoutCredentials(url)}\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n`;
}
