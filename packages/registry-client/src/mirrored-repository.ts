import type { Bytes, Io } from '@lading/bytes';
import { isLadingError, LadingError } from '@lading/errors';
import { type Descriptor, type Digest, isDigest } from '@lading/oci';
import type {
  BlobInfo,
  ContentStore,
  Ingest,
  Lease,
  OpenOptions,
  Page,
  ReferenceStore,
  ReferrersFilter,
  Repository,
  TagOutcome,
  Target,
} from '@lading/store';
import { digestOfTarget, needlessLease } from '@lading/store';
import type { MirrorRule } from './configuration/registry-rule.ts';

/** A place where a repository, or some of it, can be read. */
export interface Source {
  readonly repository: Repository;
  readonly pulls: MirrorRule['pulls'];
}

/**
 * A repository that is read from the first of several places that has what is asked for, under its own name. It cannot be written
 * (STORE_READONLY): mirrors fill themselves.
 *
 * A mirror that fails is not asked again. The place that resolved a reference is asked first for what the reference leads to: so a tag that
 * only one of them may resolve is read whole from there. Where the last place fails too, its error is thrown and names the others'.
 */
export function mirroredRepository(name: string, mirrors: readonly Source[], last: Repository): Repository {
  const sources = new Sources(name, mirrors, { repository: last, pulls: 'all' });
  return { name, content: new MirroredContent(name, sources), references: new MirroredReferences(name, sources, last) };
}

class Sources {
  readonly #name: string;
  readonly #mirrors: readonly Source[];
  readonly #last: Source;
  readonly #failures = new Map<Source, LadingError>();
  #preferred: Source | undefined;

  constructor(name: string, mirrors: readonly Source[], last: Source) {
    this.#name = name;
    this.#mirrors = mirrors;
    this.#last = last;
  }

  /** A tag is asked of the sources in their order; what has it is preferred for content from then on. */
  async resolve(reference: string, io: Io): Promise<Descriptor | undefined> {
    const kind = isDigest(reference) ? 'digest-only' : 'tag-only';
    const order = this.#mirrors.filter(({ pulls }) => pulls === 'all' || pulls === kind);
    return this.#first([...order, this.#last], async (source) => {
      const found = await source.repository.references.resolve(reference, io);
      if (found !== undefined) this.#preferred = source;
      return found;
    });
  }

  /** Content has a digest, so any source will do that serves digests. */
  content<T>(attempt: (source: Source) => Promise<T | undefined>): Promise<T | undefined> {
    const usual = [...this.#mirrors.filter(({ pulls }) => pulls !== 'tag-only'), this.#last];
    const preferred = this.#preferred;
    const order = preferred === undefined ? usual : [preferred, ...usual.filter((source) => source !== preferred)];
    return this.#first(order, attempt);
  }

  /** What a source began to give broke off or was wrong. The same again is asked of another, so it may succeed. */
  broke(source: Source, error: unknown): unknown {
    if (!isReason(error) || source === this.#last) return error;
    this.#failures.set(source, error);
    return new LadingError(error.code, error.message, {
      cause: error,
      hint: `The mirror ${source.repository.name} is not asked again; try once more.`,
      details: error.details,
      transient: true,
    });
  }

  async #first<T>(
    order: readonly Source[],
    attempt: (source: Source) => Promise<T | undefined>,
  ): Promise<T | undefined> {
    let failure: LadingError | undefined;
    for (const source of order) {
      if (this.#failures.has(source)) continue;
      try {
        const found = await attempt(source);
        if (found !== undefined) return found;
      } catch (error) {
        if (!isReason(error)) throw error;
        if (source === this.#last) failure = error;
        else this.#failures.set(source, error);
      }
    }
    if (failure !== undefined) throw this.#withFailures(failure);
    return undefined;
  }

  #withFailures(error: LadingError): LadingError {
    const mirrors = [...this.#failures].map(([{ repository }, { code, message }]) => ({
      name: repository.name,
      code,
      message,
    }));
    if (mirrors.length === 0) return error;
    const names = mirrors.map((mirror) => `${mirror.name} (${mirror.code})`).join(', ');
    return new LadingError(error.code, `${error.message}; mirrors of ${this.#name} failed too: ${names}`, {
      cause: error,
      hint: error.hint,
      details: { ...error.details, mirrors },
      transient: error.transient,
    });
  }
}

/** A failure of the source, not of what was asked for. */
function isReason(error: unknown): error is LadingError {
  return isLadingError(error) && error.kind !== 'usage' && error.kind !== 'interrupted';
}

class MirroredContent implements ContentStore {
  readonly #name: string;
  readonly #sources: Sources;

  constructor(name: string, sources: Sources) {
    this.#name = name;
    this.#sources = sources;
  }

  stat(target: Target, io?: Io): Promise<BlobInfo | undefined> {
    return this.#sources.content(({ repository }) => repository.content.stat(target, io));
  }

  async open(target: Target, io?: OpenOptions): Promise<Bytes> {
    const bytes = await this.#sources.content(async (source) => {
      try {
        return this.#watched(source, await source.repository.content.open(target, io));
      } catch (error) {
        if (isLadingError(error, 'BLOB_NOT_FOUND')) return undefined;
        throw error;
      }
    });
    if (bytes !== undefined) return bytes;
    throw new LadingError('BLOB_NOT_FOUND', `Cannot open ${digestOfTarget(target)}: ${this.#name} does not have it`, {
      details: { digest: digestOfTarget(target), repository: this.#name },
    });
  }

  async begin(): Promise<Ingest> {
    throw readOnly(this.#name);
  }

  async delete(): Promise<boolean> {
    throw readOnly(this.#name);
  }

  // biome-ignore lint/correctness/useYield: a registry has no list of its content to give.
  async *list(): AsyncGenerator<BlobInfo, void, undefined> {
    throw new LadingError(
      'REGISTRY_UNSUPPORTED',
      `Cannot list the content of ${this.#name}: registries have no such call`,
    );
  }

  async lease(content: Digest | readonly Digest[], ttlMs: number): Promise<Lease> {
    return needlessLease(content, ttlMs);
  }

  async *#watched(source: Source, bytes: Bytes): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* bytes;
    } catch (error) {
      throw this.#sources.broke(source, error);
    }
  }
}

/** Lists are those of the last place: mirrors hold some of a repository, and seldom what refers to it. */
class MirroredReferences implements ReferenceStore {
  readonly #name: string;
  readonly #sources: Sources;
  readonly #last: Repository;

  constructor(name: string, sources: Sources, last: Repository) {
    this.#name = name;
    this.#sources = sources;
    this.#last = last;
  }

  resolve(reference: string | Digest, io: Io = {}): Promise<Descriptor | undefined> {
    return this.#sources.resolve(reference, io);
  }

  tags(page?: Page): AsyncIterable<string> {
    return this.#last.references.tags(page);
  }

  referrers(digest: Digest, filter?: ReferrersFilter): AsyncIterable<Descriptor> {
    return this.#last.references.referrers(digest, filter);
  }

  async tag(): Promise<TagOutcome> {
    throw readOnly(this.#name);
  }

  async untag(): Promise<boolean> {
    throw readOnly(this.#name);
  }

  async record(): Promise<void> {
    throw readOnly(this.#name);
  }
}

function readOnly(name: string): LadingError {
  return new LadingError('STORE_READONLY', `Cannot write to ${name} through its mirrors`);
}
