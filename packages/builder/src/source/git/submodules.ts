import { posix } from 'node:path';
import type { Io } from '@lading/bytes';
import { LadingError } from '@lading/errors';
import { GitFailure, git } from './git.ts';
import { parseGitAddress, withoutCredentials } from './git-address.ts';
import type { GitCommit } from './git-cache.ts';

export interface Submodule {
  /** Relative to the root of the repository. */
  readonly path: string;
  readonly commit: string;
  readonly url: string;
}

/** The submodules of a commit, with addresses that a fetch may use. Throws BUILD_INVALID for one that says nothing of its address. */
export async function submodulesOf({ repository, commit, url }: GitCommit, io: Io): Promise<Submodule[]> {
  const listed = await git(['ls-tree', '-r', '-z', '--full-tree', commit], { repository, ...io });
  const links = listed.split('\0').flatMap((line) => {
    const [, id, path] = /^160000 commit ([0-9a-f]+)\t(.*)$/s.exec(line) ?? [];
    return id === undefined || path === undefined ? [] : [{ path, commit: id }];
  });
  if (links.length === 0) return [];
  const addresses = await addressesOf(repository, commit, io);
  return links.map((link) => {
    const written = addresses.get(link.path);
    const address = written === undefined ? undefined : absolute(written, url);
    if (address !== undefined) return { ...link, url: address };
    const fault = written === undefined ? '.gitmodules does not name it' : `it is at ${withoutCredentials(written)}`;
    throw new LadingError(
      'BUILD_INVALID',
      `Cannot take in the submodule ${link.path} of ${withoutCredentials(url)}: ${fault}`,
      {
        hint: 'Leave the submodules out with ?submodules=false, or correct .gitmodules.',
      },
    );
  });
}

/** What `.gitmodules` says, by path. */
async function addressesOf(repository: string, commit: string, io: Io): Promise<Map<string, string>> {
  let text: string;
  try {
    text = await git(['config', '--null', '--list', '--blob', `${commit}:.gitmodules`], { repository, ...io });
  } catch (error) {
    if (error instanceof GitFailure) return new Map();
    throw error;
  }
  const sections = new Map<string, { path?: string; url?: string }>();
  for (const item of text.split('\0')) {
    const [, name, key, value] = /^submodule\.(.*)\.(path|url)\n(.*)$/s.exec(item) ?? [];
    if (name === undefined || value === undefined) continue;
    const section = sections.get(name) ?? {};
    sections.set(name, key === 'path' ? { ...section, path: value } : { ...section, url: value });
  }
  return new Map([...sections.values()].flatMap(({ path, url }) => (path && url ? [[path, url] as const] : [])));
}

/** `./` and `../` are relative to the repository above (gitsubmodules §url). A repository of this machine may name only its like. */
function absolute(written: string, parent: string): string | undefined {
  const local = parent.startsWith('file://');
  if (!/^\.\.?\//.test(written)) return parseGitAddress(written, { local })?.url ?? plainHttps(written);
  const [, origin = '', path = ''] =
    /^([a-z]+:\/\/[^/]*)(\/.*)$/.exec(parent) ?? /^([^:/]+@[^:]+:)(.*)$/.exec(parent) ?? [];
  if (origin === '') return undefined;
  const joined = posix.join(path.endsWith('/') ? path : `${path}/`, written);
  return joined.startsWith('..') ? undefined : `${origin}${joined.replace(/\/$/, '')}`;
}

/** In `.gitmodules` an https address is a repository's also without `.git` at its end. */
function plainHttps(written: string): string | undefined {
  return /^https?:\/\/[^/\s-][^\s\0]*$/.test(written) ? written : undefined;
}
