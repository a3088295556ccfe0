import { LadingError } from '@lading/errors';

/** A place in a git repository, as contexts, named contexts and ADD write it. */
export interface GitAddress {
  /** What git connects to; may hold credentials, so show `withoutCredentials()` of it. */
  readonly url: string;
  /** A branch, a tag, a whole `refs/…` name or a full commit id; the default branch where absent. */
  readonly ref?: string | undefined;
  /** The folder that counts, relative to the root of the repository. */
  readonly subdir?: string | undefined;
  /** The beginning of the commit id that it has to be. */
  readonly commit?: string | undefined;
  readonly keepGitDir?: boolean | undefined;
  /** False: folders of submodules stay empty. */
  readonly submodules?: boolean | undefined;
}

export interface ParseGitOptions {
  /** Whether a repository of this machine may be named: by whoever types a command, not by a Dockerfile or by another repository. */
  readonly local?: boolean | undefined;
  /** Whether `github.com/owner/name` without a scheme is one. */
  readonly short?: boolean | undefined;
}

const hint = 'Write https://HOST/PATH.git#REF:SUBDIR, git@HOST:PATH.git#REF:SUBDIR, or …?ref=REF&subdir=SUBDIR.';

/**
 * Reads the address of a git repository: `https://…/x.git`, `git://`, `ssh://`, `user@host:path`, with `#ref:subdir` or the query keys
 * `ref tag branch subdir checksum commit keep-git-dir submodules` (Dockerfile reference 1.26 §ADD, git). Undefined when the text is no such
 * address. Throws BUILD_INVALID for one that contradicts itself or would reach outside the repository.
 */
export function parseGitAddress(text: string, options: ParseGitOptions = {}): GitAddress | undefined {
  const hash = text.indexOf('#');
  const front = hash < 0 ? text : text.slice(0, hash);
  const question = front.indexOf('?');
  const remote = remoteOf(question < 0 ? front : front.slice(0, question), options);
  if (remote === undefined) return undefined;
  const parts = new Parts(text, remote);
  if (question >= 0) parts.readQuery(new URLSearchParams(front.slice(question + 1)));
  if (hash >= 0) parts.readFragment(text.slice(hash + 1));
  return parts.address;
}

/** An address without what may be secret in it: for messages, materials and lock files. */
export function withoutCredentials(url: string): string {
  if (!/^[a-z+]+:\/\//i.test(url)) return url;
  const parsed = URL.parse(url);
  // What is no address may still hold a password: it is shown in the message that says so.
  if (parsed === null) return url.replace(/^([a-z+]+:\/\/)[^/?#]*@/i, '$1');
  if (parsed.username === '' && parsed.password === '') return url;
  // `ssh://git@host` names an account and not a secret.
  if (parsed.protocol === 'ssh:' && parsed.password === '') return url;
  parsed.username = '';
  parsed.password = '';
  return parsed.href;
}

function remoteOf(text: string, { local = false, short = false }: ParseGitOptions): string | undefined {
  if (/[\0-\x20]/.test(text)) return undefined;
  if (/^https?:\/\/[^/]/.test(text)) return /\.git\/?$/.test(text) ? text.replace(/\/$/, '') : undefined;
  if (/^(git|ssh):\/\/[^-/]/.test(text)) return text;
  if (/^file:\/\/\//.test(text)) return local ? text : undefined;
  // Neither part may be taken for an option by the programs that git starts.
  if (/^[A-Za-z0-9_][\w.+-]*@[A-Za-z0-9[][\w.:[\]-]*?:(?!-)[^:]/.test(text) && !text.includes('://')) return text;
  if (short && /^github\.com\/[\w.-]+\/[\w.-]+\/?$/.test(text)) {
    return `https://${text.replace(/\/$/, '').replace(/\.git$/, '')}.git`;
  }
  return undefined;
}

class Parts {
  readonly #text: string;
  readonly #remote: string;
  readonly #said = new Map<string, string>();

  constructor(text: string, remote: string) {
    this.#text = text;
    this.#remote = remote;
  }

  get address(): GitAddress {
    const said = this.#said;
    const flag = (name: string): boolean | undefined => {
      const value = said.get(name);
      return value === undefined ? undefined : value !== 'false' && value !== '0';
    };
    return {
      url: this.#remote,
      ref: said.get('ref'),
      subdir: said.get('subdir'),
      commit: said.get('commit'),
      keepGitDir: flag('keep-git-dir'),
      submodules: flag('submodules'),
    };
  }

  readFragment(fragment: string): void {
    const colon = fragment.indexOf(':');
    const ref = colon < 0 ? fragment : fragment.slice(0, colon);
    if (ref !== '') this.#say('ref', this.#checkedRef(ref));
    if (colon >= 0) this.#say('subdir', this.#checkedFolder(fragment.slice(colon + 1)));
  }

  readQuery(query: URLSearchParams): void {
    for (const [name, value] of query) {
      if (name === 'ref') this.#say('ref', this.#checkedRef(value));
      else if (name === 'tag') this.#say('ref', `refs/tags/${this.#checkedRef(value)}`);
      else if (name === 'branch') this.#say('ref', `refs/heads/${this.#checkedRef(value)}`);
      else if (name === 'subdir') this.#say('subdir', this.#checkedFolder(value));
      else if (name === 'checksum' || name === 'commit') this.#say('commit', this.#checkedCommit(value));
      else if (name === 'keep-git-dir' || name === 'submodules') this.#say(name, this.#checkedFlag(name, value));
      else throw this.#invalid(`there is no setting "${name}"`);
    }
  }

  #say(name: string, value: string): void {
    if (this.#said.has(name)) throw this.#invalid(`it says twice which ${name} is meant`);
    this.#said.set(name, value);
  }

  /** git-check-ref-format, and nothing that git could take for an option. */
  #checkedRef(ref: string): string {
    const fine = /^[^-][^\0-\x20\x7f~^:?*[\\]*$/.test(ref) && !/\.\.|@\{|\/\/|\.lock$|\/$|\.$/.test(ref);
    if (fine && ref.length <= 256) return ref;
    throw this.#invalid(`${JSON.stringify(ref)} is not the name of a branch, tag or commit`);
  }

  #checkedFolder(text: string): string {
    const kept = text.split('/').filter((part) => part !== '' && part !== '.');
    if (!kept.includes('..') && !kept.includes('.git') && !text.includes('\0')) return kept.join('/');
    throw this.#invalid(`${JSON.stringify(text)} is not a folder inside the repository`);
  }

  #checkedCommit(text: string): string {
    if (/^[0-9a-f]{7,64}$/.test(text)) return text;
    throw this.#invalid(`${JSON.stringify(text)} is not a commit id`);
  }

  #checkedFlag(name: string, value: string): string {
    if (['', 'true', 'false', '1', '0'].includes(value)) return value;
    throw this.#invalid(`${name} is true or false, not ${JSON.stringify(value)}`);
  }

  #invalid(fault: string): LadingError {
    return new LadingError('BUILD_INVALID', `Cannot use ${withoutCredentials(this.#text)}: ${fault}`, { hint });
  }
}
