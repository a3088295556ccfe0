import type { Io } from '@lading/bytes';
import { LadingError, throwIfAborted } from '@lading/errors';
import { type Descriptor, type Digest, isDigest, isTag } from '@lading/oci';
import type { Page, ReferenceStore, ReferrersFilter, TagOptions, TagOutcome } from '@lading/store';
import type { Connection } from './connection.ts';
import { jsonOf, namesOf, pages } from './paging.ts';
import type { RemoteManifests } from './remote-manifests.ts';
import type { RemoteReferrers } from './remote-referrers.ts';
import { repositoryScope } from './scope.ts';
import { Turns } from './turns.ts';

export interface RemoteReferencesOptions {
  readonly connection: Connection;
  readonly repository: string;
  readonly manifests: RemoteManifests;
  readonly referrers: RemoteReferrers;
}

/** How many tags are asked for at once; registries give fewer when that is too much for them. */
const tagsPerPage = 1000;

/**
 * The tags and referrers of a remote repository. OCI distribution-spec 1.1.
 *
 * The protocol has no compare-and-swap for tags. `tag()` looks at the tag and then writes it: writers of this process take turns;
 * another client can move the tag in between, unless the registry heeds the `If-Match` and `If-None-Match` that are sent when
 * `expected` is given.
 */
export class RemoteReferences implements ReferenceStore {
  readonly #connection: Connection;
  readonly #repository: string;
  readonly #manifests: RemoteManifests;
  readonly #referrers: RemoteReferrers;
  readonly #turns = new Turns();

  constructor({ connection, repository, manifests, referrers }: RemoteReferencesOptions) {
    this.#connection = connection;
    this.#repository = repository;
    this.#manifests = manifests;
    this.#referrers = referrers;
  }

  async resolve(reference: string | Digest, { signal }: Io = {}): Promise<Descriptor | undefined> {
    throwIfAborted(signal);
    if (!isDigest(reference) && !isTag(reference)) return undefined;
    return this.#manifests.head(reference, signal);
  }

  async tag(tag: string, descriptor: Descriptor, { expected, signal }: TagOptions = {}): Promise<TagOutcome> {
    throwIfAborted(signal);
    this.#assertTag(tag);
    const { digest } = descriptor;
    const manifest = this.#manifests.pushed(digest) ?? (await this.#manifests.get(digest, signal));
    if (manifest === undefined) {
      throw new LadingError('REFERENCE_NOT_FOUND', `Cannot tag "${tag}": ${this.#name} has no manifest ${digest}`, {
        hint: 'Push the manifest before tagging it.',
        details: { digest },
      });
    }
    return this.#turns.take(tag, async () => {
      const previous = await this.#manifests.head(tag, signal);
      if (expected !== undefined && (previous?.digest ?? null) !== expected) return refused(previous);
      const moved = await this.#manifests.push(tag, manifest.bytes, manifest.descriptor, signal, expected);
      if (!moved) return refused(await this.#manifests.head(tag, signal));
      return previous === undefined ? { tagged: true } : { tagged: true, previous };
    });
  }

  /** Throws REGISTRY_UNSUPPORTED where a registry can delete manifests only, with all their tags. */
  async untag(tag: string, { signal }: Io = {}): Promise<boolean> {
    throwIfAborted(signal);
    this.#assertTag(tag);
    return this.#manifests.deleteReference(tag, signal);
  }

  /**
   * In the order of the registry, which should be that of bytes; where it gives everything at once, it is sorted here.
   * Registries that ignore where to start or how many to give are made good for.
   */
  async *tags({ after, limit, signal }: Page = {}): AsyncGenerator<string, void, undefined> {
    throwIfAborted(signal);
    let left = limit ?? Number.POSITIVE_INFINITY;
    if (left <= 0) return;
    const query = new URLSearchParams({
      n: String(Math.min(left, tagsPerPage)),
      ...(after === undefined ? {} : { last: after }),
    });
    const call = {
      repository: this.#repository,
      scopes: [repositoryScope(this.#repository, 'pull')],
      path: `/v2/${this.#repository}/tags/list?${query}`,
      action: 'list tags',
      expect: [200, 404],
      signal,
    };
    let first = true;
    for await (const page of pages(this.#connection, call)) {
      // A repository that does not exist has no tags; it comes into being with its first push.
      if (page.status === 404) return;
      let names = namesOf(jsonOf(this.#connection, 'list tags', page.body).tags);
      if (first && page.last) names = names.sort();
      first = false;
      for (const name of names) {
        if (after !== undefined && name <= after) continue;
        yield name;
        if (--left <= 0) return;
      }
    }
  }

  referrers(digest: Digest, filter?: ReferrersFilter): AsyncIterable<Descriptor> {
    return this.#referrers.list(digest, filter);
  }

  /**
   * A registry learns about a manifest when it is pushed, and content of a manifest's media type is pushed as a manifest. Only bytes that
   * this process did not push that way are sent here.
   */
  async record(descriptor: Descriptor, bytes: Uint8Array, { signal }: Io = {}): Promise<void> {
    throwIfAborted(signal);
    if (this.#manifests.isKnown(descriptor.digest)) return;
    if ((await this.#manifests.head(descriptor.digest, signal)) !== undefined) return;
    await this.#manifests.push(descriptor.digest, bytes, descriptor, signal);
  }

  get #name(): string {
    return `${this.#connection.registry}/${this.#repository}`;
  }

  #assertTag(tag: string): void {
    if (isTag(tag)) return;
    throw new LadingError('REFERENCE_INVALID', `Cannot use "${tag.slice(0, 200)}" as a tag of ${this.#name}`, {
      hint: 'A tag has up to 128 letters, digits, "_", "." and "-", and starts with none of the last two.',
    });
  }
}

function refused(actual: Descriptor | undefined): TagOutcome {
  return actual === undefined ? { tagged: false } : { tagged: false, actual };
}
