import type { Io } from '@lading/bytes';
import { isLadingError, throwIfAborted } from '@lading/errors';
import { type Descriptor, type Digest, isDigest } from '@lading/oci';
import type { ContentStore } from '../content-store.ts';
import { get } from '../get.ts';
import { linksOf, type ManifestLinks } from '../internal/manifest-links.ts';
import { assertTaggable, manifestUnknown, page, refusal } from '../internal/tag-rules.ts';
import type { Page, ReferenceStore, ReferrersFilter, TagOptions, TagOutcome } from '../reference-store.ts';
import { keepAll, type LayoutIndex, named, nameOf, unnamed } from './layout-index.ts';

const maxManifestBytes = 4 << 20;
const maxRemembered = 10_000;

/**
 * References in `index.json`: a tag is the annotation org.opencontainers.image.ref.name of an entry, exactly as skopeo and umoci match it.
 * Manifests without a tag are entries without a name, except the children of an index, which the index itself names.
 * The graph is read from the manifests; what a digest says never changes, so it is read once.
 */
export class LayoutReferences implements ReferenceStore {
  readonly #content: ContentStore;
  readonly #index: LayoutIndex;
  readonly #lock: string;
  readonly #links = new Map<Digest, ManifestLinks>();

  constructor(content: ContentStore, index: LayoutIndex, lock: string) {
    this.#content = content;
    this.#index = index;
    this.#lock = lock;
  }

  async resolve(reference: string | Digest, io: Io = {}): Promise<Descriptor | undefined> {
    throwIfAborted(io.signal);
    const { manifests } = await this.#index.read();
    if (!isDigest(reference)) {
      const entry = manifests.find((candidate) => nameOf(candidate) === reference);
      return entry && unnamed(entry);
    }
    const entry = manifests.find((candidate) => candidate.digest === reference);
    if (entry !== undefined) return unnamed(entry);
    const links = await this.#linksOf(reference, io);
    return links && { mediaType: links.descriptor.mediaType, digest: reference, size: links.descriptor.size };
  }

  async tag(tag: string, descriptor: Descriptor, options: TagOptions = {}): Promise<TagOutcome> {
    throwIfAborted(options.signal);
    assertTaggable(tag);
    const links = await this.#linksOf(descriptor.digest, options);
    if (links === undefined) throw manifestUnknown(tag, descriptor.digest);
    return this.#index.update(
      this.#lock,
      async (entries) => {
        const current = entries.find((entry) => nameOf(entry) === tag);
        const previous = current && unnamed(current);
        const result = refusal(previous, options.expected);
        if (result !== undefined) return { entries, result };
        const others = entries.filter((entry) => nameOf(entry) !== tag && !isUnnamed(entry, descriptor.digest));
        const entry = named(entryFor(descriptor, links), tag);
        const tagged: TagOutcome = previous === undefined ? { tagged: true } : { tagged: true, previous };
        return { entries: keepAll(entries, [...others, entry]), result: tagged };
      },
      options,
    );
  }

  async untag(tag: string, io: Io = {}): Promise<boolean> {
    throwIfAborted(io.signal);
    return this.#index.update(
      this.#lock,
      async (entries) => {
        const others = entries.filter((entry) => nameOf(entry) !== tag);
        if (others.length === entries.length) return { entries, result: false };
        return { entries: keepAll(entries, others), result: true };
      },
      io,
    );
  }

  async *tags(options: Page = {}): AsyncIterable<string> {
    throwIfAborted(options.signal);
    const { manifests } = await this.#index.read();
    const names = manifests.map(nameOf).filter((name) => name !== undefined);
    yield* page(new Set(names), options);
  }

  async *referrers(digest: Digest, filter: ReferrersFilter = {}): AsyncIterable<Descriptor> {
    const { manifests } = await this.#index.read();
    const queue = manifests.map((entry) => entry.digest);
    const seen = new Set(queue);
    for (const candidate of queue) {
      const links = await this.#linksOf(candidate, filter);
      if (links === undefined) continue;
      for (const child of links.children) {
        if (seen.has(child.digest)) continue;
        seen.add(child.digest);
        queue.push(child.digest);
      }
      if (links.subject !== digest) continue;
      if (filter.artifactType !== undefined && links.descriptor.artifactType !== filter.artifactType) continue;
      yield links.descriptor;
    }
  }

  async record(descriptor: Descriptor, bytes: Uint8Array, io: Io = {}): Promise<void> {
    throwIfAborted(io.signal);
    const links = linksOf(descriptor, bytes);
    this.#remember(descriptor.digest, links);
    await this.#index.update(
      this.#lock,
      async (entries) => {
        const children = new Set<Digest>();
        for (const { digest } of links.children) {
          // A child that refers to something itself is listed also on its own.
          if ((await this.#linksOf(digest, io))?.subject === undefined) children.add(digest);
        }
        const kept = entries.filter((entry) => nameOf(entry) !== undefined || !children.has(entry.digest));
        const listed = kept.some((entry) => entry.digest === descriptor.digest);
        if (listed && kept.length === entries.length) return { entries, result: undefined };
        return { entries: listed ? kept : [...kept, entryFor(descriptor, links)], result: undefined };
      },
      io,
    );
  }

  /** What a manifest here says; undefined when the content is absent or not a manifest. */
  async #linksOf(digest: Digest, io: Io): Promise<ManifestLinks | undefined> {
    const known = this.#links.get(digest);
    const info = await this.#content.stat(digest, io);
    if (info === undefined || info.size > maxManifestBytes) return undefined;
    if (known !== undefined) return known;
    try {
      const bytes = await get(this.#content, digest, { maxBytes: maxManifestBytes, signal: io.signal });
      return this.#remember(digest, linksOf({ digest }, bytes));
    } catch (error) {
      if (isLadingError(error, 'MANIFEST_INVALID', 'MANIFEST_UNSUPPORTED', 'BLOB_NOT_FOUND')) return undefined;
      throw error;
    }
  }

  #remember(digest: Digest, links: ManifestLinks): ManifestLinks {
    if (this.#links.size >= maxRemembered) this.#links.clear();
    this.#links.set(digest, links);
    return links;
  }
}

function isUnnamed(entry: Descriptor, digest: Digest): boolean {
  return entry.digest === digest && nameOf(entry) === undefined;
}

function entryFor({ platform }: Descriptor, { descriptor, subject }: ManifestLinks): Descriptor {
  const { mediaType, digest, size, artifactType } = descriptor;
  return {
    mediaType,
    digest,
    size,
    ...(platform === undefined ? {} : { platform }),
    ...(subject === undefined || artifactType === undefined ? {} : { artifactType }),
  };
}
