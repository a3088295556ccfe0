import { LadingError } from '@lading/errors';
import { formatReference, parseDigest, parseReference } from '@lading/oci';
import { type GitAddress, withoutCredentials } from '../source/git/git-address.ts';
import { imagePinName, type LockFile, type PinKind } from './lock-file.ts';

/** Something that comes from outside and is named in a way that may mean something else tomorrow. */
export interface Unpinned {
  readonly kind: PinKind;
  /** As a lock file calls it. */
  readonly name: string;
  /** In the Dockerfile, from 1; absent for what the command line names. */
  readonly line?: number | undefined;
}

export interface PinsOptions {
  readonly lock: LockFile | undefined;
  /** Whether what the lock does not pin is refused. */
  readonly locked: boolean;
  /** For messages. */
  readonly dockerfile: string;
}

/** What names stand for in this build, by its lock file. */
export class Pins {
  readonly #options: PinsOptions;

  constructor(options: PinsOptions) {
    this.#options = options;
  }

  get locked(): boolean {
    return this.#options.locked;
  }

  /** The digest of an image. Undefined when it has one in its name, or is not pinned. Throws LOCK_INCOMPLETE where it has to be. */
  image(text: string): string | undefined {
    if (parseReference(text).digest !== undefined) return undefined;
    return this.#pin('images', imagePinName(text));
  }

  /** The image to ask for in its place: with the digest, where it is pinned. */
  imageReference(text: string): string {
    const digest = this.image(text);
    if (digest === undefined) return text;
    return formatReference({ ...parseReference(text), digest: parseDigest(digest) });
  }

  /** The commit of a repository. A full commit id in the address needs no pin. */
  git(text: string, address: GitAddress): string | undefined {
    return isFullCommit(address) ? undefined : this.#pin('git', withoutCredentials(text));
  }

  /** The checksum of an address; one that the Dockerfile gives is enough. */
  http(url: string, checksum: string | undefined): string | undefined {
    const pin = this.#options.lock?.http[withoutCredentials(url)];
    return pin === undefined && checksum === undefined ? this.#pin('http', withoutCredentials(url)) : pin;
  }

  has({ kind, name }: Unpinned): boolean {
    return this.#options.lock !== undefined && Object.hasOwn(this.#options.lock[kind], name);
  }

  /** Throws LOCK_INCOMPLETE that names each of them that the lock does not pin; nothing when a build is not locked. */
  require(sources: readonly Unpinned[]): void {
    if (!this.locked) return;
    const missing = sources.filter((source) => !this.has(source));
    if (missing.length > 0) throw this.#incomplete(missing);
  }

  #pin(kind: PinKind, name: string): string | undefined {
    const { lock, locked } = this.#options;
    const pin = lock !== undefined && Object.hasOwn(lock[kind], name) ? lock[kind][name] : undefined;
    if (pin === undefined && locked) throw this.#incomplete([{ kind, name }]);
    return pin;
  }

  #incomplete(missing: readonly Unpinned[]): LadingError {
    const { dockerfile, lock } = this.#options;
    const words: Readonly<Record<PinKind, string>> = {
      images: 'image',
      git: 'git',
      http: 'address',
      recipes: 'recipe',
    };
    const lines = missing.map(({ kind, name, line }) => {
      const place = line === undefined ? '' : `${dockerfile}:${line}: `;
      return `\n  ${place}${words[kind]} ${name}`;
    });
    const why = lock === undefined ? `there is no ${dockerfile}.lock` : `${dockerfile}.lock does not pin all of it`;
    return new LadingError('LOCK_INCOMPLETE', `Cannot build locked: ${why}. Missing:${lines.join('')}`, {
      hint: 'Run "lading lock" with the same arguments, look at what it pinned, and commit the file.',
      details: { missing },
    });
  }
}

export function isFullCommit({ ref, commit }: GitAddress): boolean {
  return [ref, commit].some((text) => text !== undefined && /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text));
}
