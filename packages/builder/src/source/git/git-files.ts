import type { Io } from '@lading/bytes';
import { LadingError } from '@lading/errors';
import { ArchiveFiles } from '../../archive/archive-files.ts';
import { type ArchiveLimits, ArchiveMeter } from '../../archive/limits.ts';
import { GitFailure, git, gitBytes } from './git.ts';
import { type GitAddress, withoutCredentials } from './git-address.ts';
import type { GitCommit } from './git-cache.ts';
import { addGitFolder } from './git-folder.ts';
import { submodulesOf } from './submodules.ts';

export interface GitFilesOptions {
  /** For messages. */
  readonly name: string;
  readonly spoolFolder: string;
  readonly limits: ArchiveLimits;
  /** Brings the commit of a submodule here. */
  readonly fetch: (address: GitAddress, commit: string) => Promise<GitCommit>;
}

/** Submodules in submodules in submodules: deeper is a circle. */
const maxDepth = 10;

/**
 * The files of a commit, as a checkout has them, submodules included; nothing of a repository is run and nothing is checked out.
 * Close them. Throws SOURCE_NOT_FOUND for a folder that is not there, BUILD_UNSUPPORTED, and what reading an archive throws.
 */
export async function openGitFiles(
  { repository, commit, ref, url }: GitCommit,
  address: GitAddress,
  options: GitFilesOptions,
  io: Io,
): Promise<ArchiveFiles> {
  const { keepGitDir = false, submodules = true, subdir = '' } = address;
  if (keepGitDir && subdir !== '') {
    throw new LadingError(
      'BUILD_UNSUPPORTED',
      `Cannot keep .git of ${withoutCredentials(url)}: a folder of it was chosen`,
      {
        hint: 'Take the whole repository, or leave --keep-git-dir out.',
      },
    );
  }
  const files = await ArchiveFiles.create(options.spoolFolder);
  const meter = new ArchiveMeter(options.limits, options.name);

  const add = async (at: GitCommit, folder: string, below: string, depth: number): Promise<void> => {
    const tree = folder === '' ? at.commit : `${at.commit}:${folder}`;
    await files.add(gitBytes(['archive', '--format=tar', tree], { repository: at.repository, ...io }), meter, {
      ...io,
      below,
    });
    if (!submodules) return;
    for (const one of await submodulesOf(at, io)) {
      const path = insideOf(one.path, folder);
      if (path === undefined) continue;
      if (depth === maxDepth) throw tooDeep(url);
      const inner = await options.fetch({ url: one.url }, one.commit);
      await add(inner, '', below === '' ? path : `${below}/${path}`, depth + 1);
    }
  };

  try {
    if (subdir !== '') await assertFolder(repository, commit, subdir, url, io);
    await add({ repository, commit, ref, url, time: 0 }, subdir, '', 0);
    if (keepGitDir) await addGitFolder(files, { repository, commit, ref, url }, options.spoolFolder, io);
    return files;
  } catch (error) {
    await files.close();
    throw error;
  }
}

async function assertFolder(repository: string, commit: string, subdir: string, url: string, io: Io): Promise<void> {
  const type = await git(['cat-file', '-t', `${commit}:${subdir}`], { repository, ...io }).catch((error: unknown) => {
    if (error instanceof GitFailure) return 'nothing';
    throw error;
  });
  if (type.trim() === 'tree') return;
  throw new LadingError(
    'SOURCE_NOT_FOUND',
    `Cannot find the folder ${subdir} in ${withoutCredentials(url)} at ${commit}`,
    {
      hint: 'The folder stands behind the second ":", relative to the root of the repository: URL#REF:FOLDER.',
    },
  );
}

/** Where a path lies below a folder; undefined when it does not. */
function insideOf(path: string, folder: string): string | undefined {
  if (folder === '') return path;
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : undefined;
}

function tooDeep(url: string): LadingError {
  return new LadingError('BUILD_INVALID', `Cannot take in ${withoutCredentials(url)}: its submodules go in circles`, {
    hint: 'Leave them out with ?submodules=false.',
  });
}
