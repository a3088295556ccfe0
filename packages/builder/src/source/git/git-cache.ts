import { createHash } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Io } from '@lading/bytes';
import { isLadingError, LadingError, throwIfAborted } from '@lading/errors';
import { type GitAccess, GitFailure, git } from './git.ts';
import { type GitAddress, withoutCredentials } from './git-address.ts';

/** A commit that is here with all its files. */
export interface GitCommit {
  /** 40 hexadecimal digits, or 64 where a repository uses SHA-256. */
  readonly commit: string;
  /** The whole name that it was found under: `refs/heads/main`. Absent when it was named by its id. */
  readonly ref?: string | undefined;
  /** When it was made, in seconds since 1970. */
  readonly time: number;
  /** The bare repository that holds it. */
  readonly repository: string;
  readonly url: string;
}

const commitPattern = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/**
 * Bare repositories in the cache folder, one for each address. Of each commit that was asked for they hold its files and not its history.
 * May be deleted at any time.
 */
export class GitCache {
  readonly #folder: string;
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * The commit that an address means now: its own id, else what the repository says. A tag wins over a branch of the same name.
   * Throws SOURCE_NOT_FOUND, SOURCE_UNREACHABLE, SOURCE_DENIED.
   */
  async resolve(address: GitAddress, access: GitAccess, io: Io): Promise<{ commit: string; ref?: string | undefined }> {
    const { url, ref = 'HEAD' } = address;
    if (commitPattern.test(ref)) return { commit: ref };
    const repository = await this.#open(url, io);
    const listed = await remotely(url, () =>
      git(['ls-remote', '--', shownToGit(url), ref, `${ref}^{}`], { repository, access, ...io }),
    );
    const found = new Map(
      listed
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => [line.slice(line.indexOf('\t') + 1), line.slice(0, line.indexOf('\t'))]),
    );
    for (const name of [ref, `refs/tags/${ref}`, `refs/heads/${ref}`, `refs/${ref}`]) {
      // An annotated tag is an object of its own; `^{}` is the commit behind it.
      const commit = found.get(`${name}^{}`) ?? found.get(name);
      if (commit !== undefined && commitPattern.test(commit)) return { commit, ref: name };
    }
    throw new LadingError(
      'SOURCE_NOT_FOUND',
      `Cannot find ${ref} in ${withoutCredentials(url)}: it has no such branch or tag`,
      { hint: 'Name a branch, a tag, or the full id of a commit.', details: { url: withoutCredentials(url), ref } },
    );
  }

  /** Brings a commit here, unless it is. Throws SOURCE_NOT_FOUND, SOURCE_UNREACHABLE, SOURCE_DENIED. */
  async fetch(
    address: GitAddress,
    { commit, ref }: { readonly commit: string; readonly ref?: string | undefined },
    access: GitAccess,
    io: Io,
  ): Promise<GitCommit> {
    const { url } = address;
    const repository = await this.#open(url, io);
    await this.#inTurn(repository, async () => {
      if (!(await isHere(repository, commit, io))) await fetchCommit(repository, url, commit, ref, access, io);
    });
    const now = new Date();
    await utimes(repository, now, now).catch(() => {});
    const time = Number(await git(['show', '--no-patch', '--format=%ct', `${commit}^{commit}`], { repository, ...io }));
    return { commit, ref, time, repository, url };
  }

  /** An empty repository appears whole, by its name. */
  async #open(url: string, io: Io): Promise<string> {
    const id = createHash('sha256').update(withoutCredentials(url)).digest('hex').slice(0, 32);
    const repository = join(this.#folder, `${id}.git`);
    return this.#inTurn(repository, async () => {
      if ((await stat(join(repository, 'HEAD')).catch(() => undefined)) !== undefined) return repository;
      const draft = `${repository}.${process.pid}.tmp`;
      await rm(draft, { recursive: true, force: true });
      await mkdir(draft, { recursive: true });
      try {
        await git(['init', '--quiet', '--bare', '--template='], { repository: draft, ...io });
        // What a repository says about archives must not leave files out or change them (gitattributes §export-ignore, §export-subst).
        await mkdir(join(draft, 'info'), { recursive: true });
        await writeFile(join(draft, 'info', 'attributes'), '* -export-ignore -export-subst\n');
        await rename(draft, repository).catch(async (error: NodeJS.ErrnoException) => {
          if (!['ENOTEMPTY', 'EEXIST'].includes(error.code ?? '')) throw error;
        });
      } finally {
        await rm(draft, { recursive: true, force: true });
      }
      return repository;
    });
  }

  async #inTurn<T>(repository: string, work: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(repository);
    const turn = (async () => {
      await before?.catch(() => {});
      return work();
    })();
    this.#turns.set(repository, turn);
    return turn;
  }
}

/** The arguments of git can be read by every process of the machine: what an address holds of credentials goes another way. */
function shownToGit(url: string): string {
  return /^https?:/.test(url) ? withoutCredentials(url) : url;
}

/** A name of our own is made when all of a commit has arrived: it says that nothing of it is missing. */
function doneRef(commit: string): string {
  return `refs/lading/${commit}`;
}

async function isHere(repository: string, commit: string, io: Io): Promise<boolean> {
  try {
    await git(['rev-parse', '--quiet', '--verify', '--end-of-options', `${doneRef(commit)}^{commit}`], {
      repository,
      ...io,
    });
    return true;
  } catch (error) {
    if (error instanceof GitFailure) return false;
    throw error;
  }
}

/**
 * Just that commit where the server gives it; some give only what has a name, so then the name it was found under, and at last everything.
 */
async function fetchCommit(
  repository: string,
  url: string,
  commit: string,
  ref: string | undefined,
  access: GitAccess,
  io: Io,
): Promise<void> {
  const ways = [
    ['--depth=1', commit],
    ...(ref === undefined ? [] : [['--depth=1', ref] as const]),
    // So deep is all of it, also where the repository here is shallow.
    ['--depth=2147483647', '+refs/*:refs/fetched/*'],
  ] as const;
  let refused: unknown;
  for (const [depth, refspec] of ways) {
    const args = ['fetch', '--quiet', '--force', depth, '--no-tags', '--no-recurse-submodules', '--update-shallow'];
    try {
      await withoutRivals(repository, io, () =>
        remotely(url, () => git([...args, '--', shownToGit(url), refspec], { repository, access, ...io })),
      );
      // An id may be that of a tag, and what it is of need not be a commit.
      await git(['update-ref', doneRef(commit), `${commit}^{commit}`], { repository, ...io });
      return;
    } catch (error) {
      if (!(error instanceof GitFailure) && !isLadingError(error, 'SOURCE_NOT_FOUND')) throw error;
      refused = error;
    }
  }
  throw new LadingError('SOURCE_NOT_FOUND', `Cannot find the commit ${commit} in ${withoutCredentials(url)}`, {
    hint: 'It may be in another repository, or have been removed from this one.',
    cause: refused,
  });
}

const rivalTries = 100;
const abandonedMs = 600_000;

/** Another process that fetches into the same repository holds a lock file; one that was killed left it. */
async function withoutRivals<T>(repository: string, io: Io, work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      const locked = error instanceof LadingError && /\.lock'?: File exists/.test(String(error.cause));
      if (!locked || tries === rivalTries) throw error;
      await removeAbandonedLocks(repository);
      await sleep(100, undefined, { signal: io.signal }).catch(() => {});
      throwIfAborted(io.signal);
    }
  }
}

async function removeAbandonedLocks(repository: string): Promise<void> {
  for (const name of await readdir(repository)) {
    if (!name.endsWith('.lock')) continue;
    const info = await stat(join(repository, name)).catch(() => undefined);
    if (info !== undefined && Date.now() - info.mtimeMs > abandonedMs)
      await rm(join(repository, name), { force: true });
  }
}

/** What git says, as an error that tells whose fault it is. */
async function remotely<T>(address: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof GitFailure)) throw cause;
    const url = withoutCredentials(address);
    const { complaint } = cause;
    const details = { url };
    const last = complaint.split('\n').at(-1) ?? '';
    if (
      /could not read (Username|Password)|Authentication failed|Permission denied|returned error: 40[13]/i.test(
        complaint,
      )
    ) {
      throw new LadingError('SOURCE_DENIED', `Cannot fetch ${url}: it wants credentials, or refused them`, {
        hint: 'Give a token with --secret id=GIT_AUTH_TOKEN,env=NAME, or an ssh agent with --ssh default.',
        ...{ cause, details },
      });
    }
    if (/returned error: 30[12378]/.test(complaint)) {
      throw new LadingError('SOURCE_UNREACHABLE', `Cannot fetch ${url}: it redirects to another address`, {
        hint: 'Credentials follow no redirect. Name the address that it redirects to.',
        ...{ cause, details },
      });
    }
    if (
      /not our ref|couldn't find remote ref|unadvertised object|upload-pack: not our ref|no such remote ref/i.test(
        complaint,
      )
    ) {
      throw new LadingError('SOURCE_NOT_FOUND', `Cannot fetch ${url}: it does not give what was asked for`, {
        hint: 'Check the branch, tag or commit.',
        ...{ cause, details },
      });
    }
    if (/not found|does not (exist|appear to be)|no such file/i.test(complaint)) {
      throw new LadingError('SOURCE_NOT_FOUND', `Cannot fetch ${url}: there is no such repository`, {
        hint: 'Check the address; a private repository also looks so without credentials.',
        ...{ cause, details },
      });
    }
    throw new LadingError('SOURCE_UNREACHABLE', `Cannot fetch ${url}: ${last}`, {
      hint: 'Check the address, the network and proxy settings.',
      transient: true,
      ...{ cause, details },
    });
  }
}
