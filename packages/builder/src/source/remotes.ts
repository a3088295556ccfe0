import { join } from 'node:path';
import type { Io } from '@lading/bytes';
import { LadingError, Secret } from '@lading/errors';
import type { ArchiveFiles } from '../archive/archive-files.ts';
import type { ArchiveLimits } from '../archive/limits.ts';
import type { Material } from '../materials.ts';
import type { GitAccess } from './git/git.ts';
import { type GitAddress, withoutCredentials } from './git/git-address.ts';
import type { GitCache, GitCommit } from './git/git-cache.ts';
import type { Download, HttpCache } from './http/http-cache.ts';

export interface RemotesOptions {
  readonly cacheFolder: string;
  readonly limits: ArchiveLimits;
  /** Gives secrets by id; for git GIT_AUTH_TOKEN and GIT_AUTH_HEADER, also with `.HOST` behind them. */
  readonly secret?: ((id: string) => Promise<Secret | undefined>) | undefined;
  /** The socket of an ssh agent that git may use. */
  readonly sshAgent?: string | undefined;
}

export interface FetchedGit {
  readonly files: ArchiveFiles;
  readonly commit: GitCommit;
}

/** What a build fetches from git repositories and addresses, through caches in its cache folder. Close it. */
export class Remotes {
  readonly #options: RemotesOptions;
  #git: Promise<GitCache> | undefined;
  #http: Promise<HttpCache> | undefined;
  readonly #opened: ArchiveFiles[] = [];
  readonly #fetched = new Map<string, Promise<FetchedGit>>();

  constructor(options: RemotesOptions) {
    this.#options = options;
  }

  async close(): Promise<void> {
    (await this.#http)?.close();
    await Promise.all(this.#opened.map((files) => files.close()));
  }

  /** The commit that an address means, or the one it is pinned to. Throws as GitCache does, SOURCE_MISMATCH for another one than it has to be. */
  async commitOf(
    address: GitAddress,
    pinned: string | undefined,
    io: Io,
  ): Promise<{ commit: string; ref?: string | undefined }> {
    const access = await this.#accessTo(address.url);
    const found =
      pinned === undefined
        ? await (await this.#gitCache()).resolve(address, access, io)
        : { commit: pinned, ref: namedRef(address) };
    if (address.commit !== undefined && !found.commit.startsWith(address.commit)) throw mismatch(address, found.commit);
    return found;
  }

  /** The files of a repository, read once in the life of this; they close with it. `name` is how messages call it. */
  git(address: GitAddress, name: string, pinned: string | undefined, io: Io): Promise<FetchedGit> {
    const key = JSON.stringify([address, pinned]);
    const fetched = this.#fetched.get(key) ?? this.#fetchGit(address, name, pinned, io);
    this.#fetched.set(key, fetched);
    return fetched;
  }

  async #fetchGit(address: GitAddress, name: string, pinned: string | undefined, io: Io): Promise<FetchedGit> {
    const access = await this.#accessTo(address.url);
    const cache = await this.#gitCache();
    const commit = await cache.fetch(address, await this.commitOf(address, pinned, io), access, io);
    const { cacheFolder, limits } = this.#options;
    const fetch = async (inner: GitAddress, id: string): Promise<GitCommit> => {
      // A token is for the host it was given for, and an address of this machine for whoever named one.
      const innerAccess = await this.#accessTo(inner.url, address.url);
      return cache.fetch(inner, { commit: id }, { ...innerAccess, local: access.local }, io);
    };
    const options = { name, spoolFolder: join(cacheFolder, 'spool'), limits, fetch };
    const { openGitFiles } = await import('./git/git-files.ts');
    const files = await openGitFiles(commit, address, options, io);
    this.#opened.push(files);
    return { files, commit };
  }

  async http(url: string, checksums: readonly string[], io: Io): Promise<Download> {
    const { cacheFolder } = this.#options;
    this.#http ??= import('./http/http-cache.ts').then((module) => new module.HttpCache(join(cacheFolder, 'http')));
    return (await this.#http).fetch(url, { checksums, maxBytes: this.#options.limits.bytes, ...io });
  }

  #gitCache(): Promise<GitCache> {
    const { cacheFolder } = this.#options;
    this.#git ??= import('./git/git-cache.ts').then((module) => new module.GitCache(join(cacheFolder, 'git')));
    return this.#git;
  }

  /** What an address holds of credentials, else a secret. One without a host in its name is for `asked`, and not for who that names. */
  async #accessTo(url: string, asked: string = url): Promise<GitAccess> {
    const { secret = async () => undefined, sshAgent } = this.#options;
    const local = url.startsWith('file://');
    const parsed = /^https?:/.test(url) ? URL.parse(url) : null;
    if (parsed === null) return { local, sshAgent };
    const isAsked = parsed.origin === URL.parse(asked)?.origin;
    const value = async (id: string): Promise<Secret | undefined> =>
      (await secret(`${id}.${parsed.host}`)) ?? (isAsked ? await secret(id) : undefined);
    const header = inAddress(parsed) ?? (await value('GIT_AUTH_HEADER')) ?? tokenHeader(await value('GIT_AUTH_TOKEN'));
    return { local, sshAgent, authorization: header && { origin: parsed.origin, header } };
  }
}

function inAddress({ username, password }: URL): Secret | undefined {
  return username === '' && password === ''
    ? undefined
    : basic(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`);
}

/** What git hosts take tokens as. */
function tokenHeader(token: Secret | undefined): Secret | undefined {
  return token && basic(`x-access-token:${token.reveal().trim()}`);
}

function basic(credentials: string): Secret {
  return new Secret(`Basic ${Buffer.from(credentials).toString('base64')}`);
}

function namedRef({ ref }: GitAddress): string | undefined {
  return ref?.startsWith('refs/') ? ref : undefined;
}

function mismatch(address: GitAddress, found: string): LadingError {
  const url = withoutCredentials(address.url);
  return new LadingError('SOURCE_MISMATCH', `Cannot use ${url}: it is at commit ${found}, not ${address.commit}`, {
    hint: 'The branch or tag moved, or the commit is wrong. Look before you trust it.',
    details: { url, expected: address.commit, actual: found },
  });
}

/** A commit as a record of what came in. */
export function gitMaterial(
  name: string,
  address: GitAddress,
  { commit, ref }: Pick<GitCommit, 'commit' | 'ref'>,
): Material {
  const at = ref === undefined ? '' : `@${ref}`;
  const folder = address.subdir === undefined ? '' : `#${address.subdir}`;
  const algorithm = commit.length === 64 ? 'sha256' : 'sha1';
  const url = withoutCredentials(address.url);
  const uri = `git+${url.includes('://') ? url : `ssh://${url.replace(':', '/')}`}${at}${folder}`;
  return { kind: 'git', name, uri, digest: { [algorithm]: commit } };
}
