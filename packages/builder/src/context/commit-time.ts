import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * When the commit was made that is checked out in a folder or above it, in seconds since 1970. Undefined without a repository, without a
 * commit, or without git. Nothing in the repository's own settings is run for it.
 */
export async function commitTimeOf(folder: string): Promise<number | undefined> {
  if (!isInRepository(folder)) return undefined;
  const args = ['-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null', '-c', 'log.showSignature=false'];
  return new Promise((resolve) => {
    execFile(
      'git',
      [...args, '-C', folder, 'log', '-1', '--no-show-signature', '--format=%ct'],
      {
        env: { PATH: process.env.PATH, HOME: process.env.HOME, LC_ALL: 'C', GIT_OPTIONAL_LOCKS: '0' },
        timeout: 10_000,
      },
      (error, stdout) => {
        const text = stdout.trim();
        resolve(error === null && /^\d{1,11}$/.test(text) ? Number(text) : undefined);
      },
    );
  });
}

/** Asked before git is started, which takes longer than all of a build from the cache should. */
function isInRepository(folder: string): boolean {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return true;
    if (dirname(at) === at) return false;
  }
}
