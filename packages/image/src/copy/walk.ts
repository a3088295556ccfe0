import type { Io } from '@lading/bytes';
import { isLadingError, LadingError } from '@lading/errors';
import {
  childrenOf,
  type Descriptor,
  type Digest,
  isManifestType,
  isReferrersTag,
  type ManifestDocument,
  type Platform,
} from '@lading/oci';
import type { Repository } from '@lading/store';
import { readManifest } from '../manifest.ts';
import { chosenChildren } from './chosen-children.ts';
import { findCompanionTags } from './companion-tags.ts';
import { Pool } from './pool.ts';

/** Manifests that are read at once: they are small, and a registry is far away. */
const concurrency = 8;
/** Indexes in indexes, and referrers of referrers. */
const maxLevels = 32;

/** A manifest to begin with. */
export interface WalkRoot {
  readonly repository: Repository;
  readonly descriptor: Descriptor;
  /** If it was read already. */
  readonly document?: ManifestDocument | undefined;
}

export interface WalkOptions extends Io {
  /** Of a root that is an index only these images, with their attestations. Everything unless told. */
  readonly platforms?: readonly Platform[] | undefined;
  /** Also what refers to the manifests, what cosign's tags about them point to, and what refers to that. */
  readonly referrers?: boolean | undefined;
  /** With those, also the lists of referrers that clients keep under a tag for a registry that does not. */
  readonly referrersTags?: boolean | undefined;
  /** Makes the error to throw when the source failed at a manifest. */
  readonly explain?: ((at: Reached, cause: unknown) => unknown) | undefined;
}

/** A manifest, and how it is reached. */
export interface Reached<Root extends WalkRoot = WalkRoot> {
  /** From which it was reached. */
  readonly root: Root;
  /** As it was pointed to: an index also says the platform. */
  readonly descriptor: Descriptor;
  readonly reason: 'root' | 'child' | 'referrer' | 'companion';
  /** Of a companion. */
  readonly tag?: string | undefined;
}

/** A manifest that was met, perhaps not for the first time. */
export interface Visit<Root extends WalkRoot = WalkRoot> extends Reached<Root> {
  /** Undefined when it is not there: lists that clients keep by hand may name what is long gone. */
  readonly document: ManifestDocument | undefined;
  /** In this repository; only then there are children. */
  readonly isFirst: boolean;
  /** What it points to and what is to be taken with it. */
  readonly children: readonly Descriptor[];
  /** What it points to and what was not chosen. */
  readonly leftOut: readonly Descriptor[];
}

interface Step<Root extends WalkRoot> extends Reached<Root> {
  readonly mayBeAbsent?: boolean;
}

/**
 * Meets every manifest that can be reached from the roots, level by level: indexes before their children, subjects before referrers. Each
 * is read once and kept; other content is not read.
 *
 * Throws PLATFORM_UNMATCHED, MANIFEST_INVALID for what lies too deep, and what reading the source throws, as `explain` has it.
 */
export async function walk<Root extends WalkRoot>(
  roots: readonly Root[],
  options: WalkOptions = {},
): Promise<readonly (readonly Visit<Root>[])[]> {
  return new Walk<Root>(options).run(roots);
}

class Walk<Root extends WalkRoot> {
  readonly #options: WalkOptions;
  readonly #pool = new Pool(concurrency);
  readonly #documents = new Map<Digest, ManifestDocument>();
  readonly #seen = new Map<Repository, Set<Digest>>();

  constructor(options: WalkOptions) {
    this.#options = options;
  }

  async run(roots: readonly Root[]): Promise<readonly Visit<Root>[][]> {
    const levels: Visit<Root>[][] = [];
    let steps: Step<Root>[] = roots.map((root) => ({ root, descriptor: root.descriptor, reason: 'root' }));
    while (steps.length > 0) {
      if (levels.length === maxLevels) throw tooDeep(steps[0]!.descriptor);
      const outcomes = await Promise.allSettled(
        steps.map((step) => {
          if (this.#isFirst(step)) return this.#pool.run(() => this.#visit(step));
          return { visit: { ...step, document: undefined, isFirst: false, children: [], leftOut: [] }, next: [] };
        }),
      );
      const visited = outcomes.map((outcome) => {
        if (outcome.status === 'rejected') throw outcome.reason;
        return outcome.value;
      });
      // One that was met twice on a level may have been read only now.
      levels.push(visited.map(({ visit }) => ({ ...visit, document: this.#documents.get(visit.descriptor.digest) })));
      steps = visited.flatMap(({ next }) => next);
    }
    return levels;
  }

  #isFirst({ root, descriptor }: Step<Root>): boolean {
    const known = this.#seen.get(root.repository) ?? new Set();
    const isFirst = !known.has(descriptor.digest);
    this.#seen.set(root.repository, known.add(descriptor.digest));
    return isFirst;
  }

  async #visit(step: Step<Root>): Promise<Visited<Root>> {
    const { root, descriptor, reason, tag } = step;
    const { signal, platforms } = this.#options;
    const about = { root, descriptor, reason, tag, isFirst: true };
    const document = await this.#read(step);
    if (document === undefined) return { visit: { ...about, document, children: [], leftOut: [] }, next: [] };
    this.#documents.set(descriptor.digest, document);
    const chosen =
      reason === 'root' ? await chosenChildren(root.repository, document, platforms, { signal }) : undefined;
    const all = childrenOf(document);
    const children = all.filter(({ digest }) => chosen?.has(digest) ?? true);
    const leftOut = all.filter((child) => !children.includes(child));
    const mayBeAbsent = tag !== undefined && isReferrersTag(tag);
    const manifests = children.filter(({ mediaType }) => isManifestType(mediaType));
    const below = manifests.map((child): Step<Root> => ({ root, descriptor: child, reason: 'child', mayBeAbsent }));
    return { visit: { ...about, document, children, leftOut }, next: [...below, ...(await this.#about(step))] };
  }

  async #read(step: Step<Root>): Promise<ManifestDocument | undefined> {
    const { root, descriptor, mayBeAbsent } = step;
    const { repository, document } = root;
    if (document?.descriptor.digest === descriptor.digest) return document;
    try {
      return await readManifest(repository.content, descriptor, { signal: this.#options.signal });
    } catch (cause) {
      if (mayBeAbsent === true && isLadingError(cause, 'BLOB_NOT_FOUND')) return undefined;
      throw this.#explain(step, cause);
    }
  }

  /** What refers to a manifest, by its subject or by a tag. */
  async #about(step: Step<Root>): Promise<Step<Root>[]> {
    const { root, descriptor: subject } = step;
    const { signal, referrers, referrersTags } = this.#options;
    if (referrers !== true) return [];
    const { repository } = root;
    try {
      const [listed, tags] = await Promise.all([
        Array.fromAsync(repository.references.referrers(subject.digest, { signal })),
        findCompanionTags(repository, subject.digest, { referrersTag: referrersTags === true, signal }),
      ]);
      return [
        // Only what names content: the type and annotations of a list are the manifest's own.
        ...listed.map(({ mediaType, digest, size }): Step<Root> => {
          return { root, descriptor: { mediaType, digest, size }, reason: 'referrer' };
        }),
        ...tags.map(({ tag, descriptor }): Step<Root> => ({ root, descriptor, reason: 'companion', tag })),
      ];
    } catch (cause) {
      throw this.#explain(step, cause);
    }
  }

  #explain(at: Reached, cause: unknown): unknown {
    const { explain } = this.#options;
    return explain === undefined ? cause : explain(at, cause);
  }
}

interface Visited<Root extends WalkRoot> {
  readonly visit: Visit<Root>;
  readonly next: readonly Step<Root>[];
}

function tooDeep({ digest }: Descriptor): LadingError {
  return new LadingError('MANIFEST_INVALID', `Cannot take ${digest}: it lies ${maxLevels} manifests deep`, {
    hint: 'Take the part that is wanted by its digest.',
    details: { digest },
  });
}
