import { isLadingError, LadingError, throwIfAborted } from '@lading/errors';
import {
  artifactTypeOf,
  type Descriptor,
  type Digest,
  descriptorOf,
  encodeJson,
  type ImageIndex,
  isIndexType,
  type ManifestDocument,
  mediaTypes,
  parseDescriptor,
  parseManifest,
  referrersTag,
} from '@lading/oci';
import type { ReferrersFilter } from '@lading/store';
import type { Connection } from './connection.ts';
import { jsonOf, pages } from './paging.ts';
import type { ManifestWatcher, RemoteManifests } from './remote-manifests.ts';
import { pause } from './retry.ts';
import { repositoryScope } from './scope.ts';
import { Turns } from './turns.ts';

/** How often an update of a list is tried when others write to it at the same time. */
const updateAttempts = 6;

/**
 * The manifests that have a subject: from the Referrers API, or, where a registry has none, from an index under the tag
 * `sha256-<hex of the subject>` which clients keep themselves. OCI distribution-spec 1.1 §listing-referrers, §unavailable-referrers-api.
 *
 * Such an index is read, changed and written back, so two clients at once can lose an entry. Here writers of one process take turns, the
 * write states what it replaces (registries that know `If-Match` refuse a stale one), and is read again afterwards; what is missing
 * then is entered again.
 */
export class RemoteReferrers implements ManifestWatcher {
  readonly #connection: Connection;
  readonly #repository: string;
  readonly #manifests: RemoteManifests;
  readonly #turns = new Turns();
  #api: 'unknown' | 'present' | 'absent' = 'unknown';

  constructor(connection: Connection, repository: string, manifests: RemoteManifests) {
    this.#connection = connection;
    this.#repository = repository;
    this.#manifests = manifests;
  }

  async *list(
    subject: Digest,
    { artifactType, signal }: ReferrersFilter = {},
  ): AsyncGenerator<Descriptor, void, undefined> {
    throwIfAborted(signal);
    // Registries may ignore the filter, or apply it to some pages only, so it is applied here in any case.
    const matches = (descriptor: Descriptor) => artifactType === undefined || descriptor.artifactType === artifactType;
    if (this.#api !== 'absent') {
      const query = artifactType === undefined ? '' : `?artifactType=${encodeURIComponent(artifactType)}`;
      const path = `/v2/${this.#repository}/referrers/${subject}${query}`;
      for await (const page of pages(this.#connection, { ...this.#pull(), path, signal })) {
        if (this.#api !== 'present' && !isReferrersAnswer(page)) {
          this.#api = 'absent';
          break;
        }
        this.#api = 'present';
        if (page.status !== 200) return;
        for (const descriptor of manifestsOf(jsonOf(this.#connection, 'list referrers', page.body))) {
          if (matches(descriptor)) yield descriptor;
        }
      }
      if (this.#api === 'present') return;
    }
    const index = await this.#readIndex(subject, signal);
    for (const descriptor of index?.value.manifests ?? []) if (matches(descriptor)) yield descriptor;
  }

  /** After a push: enters a manifest with a subject into the list, unless the registry said (`OCI-Subject`) that it does so itself. */
  async pushed(
    descriptor: Descriptor,
    bytes: Uint8Array,
    ociSubject: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const document = readDocument(bytes, descriptor.mediaType);
    const subject = document?.value.subject;
    if (document === undefined || subject === undefined || ociSubject !== undefined) return;
    const { mediaType, digest, size } = descriptor;
    const artifactType = artifactTypeOf(document);
    const { annotations } = document.value;
    const entry: Descriptor = {
      mediaType,
      digest,
      size,
      ...(artifactType === undefined ? {} : { artifactType }),
      ...(annotations === undefined ? {} : { annotations }),
    };
    await this.#update(subject.digest, signal, (list) =>
      list.some((each) => each.digest === digest) ? undefined : [...list, entry],
    );
  }

  /** Before a delete: what has to be done after it, so that no list names a manifest that is gone. */
  async beforeDelete(digest: Digest, signal: AbortSignal | undefined): Promise<(() => Promise<void>) | undefined> {
    if (this.#api === 'present') return undefined;
    const found = await this.#manifests.get(digest, signal);
    const subject = found && readDocument(found.bytes, found.descriptor.mediaType)?.value.subject?.digest;
    if (subject === undefined) return undefined;
    if (this.#api === 'unknown') for await (const _ of this.list(subject, { signal })) break;
    if (this.#api !== 'absent') return undefined;
    return () =>
      this.#update(subject, signal, (list) =>
        list.some((each) => each.digest === digest) ? list.filter((each) => each.digest !== digest) : undefined,
      );
  }

  /** `change` gives the new list, or undefined when the list is as it should be. */
  #update(
    subject: Digest,
    signal: AbortSignal | undefined,
    change: (list: readonly Descriptor[]) => readonly Descriptor[] | undefined,
  ): Promise<void> {
    return this.#turns.take(subject, async () => {
      for (let attempt = 1; attempt <= updateAttempts; attempt++) {
        const current = await this.#readIndex(subject, signal);
        const manifests = change(current?.value.manifests ?? []);
        if (manifests === undefined) return;
        // Fields that others have put there stay.
        const value = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, ...current?.value, manifests };
        const bytes = encodeJson(value);
        const descriptor = descriptorOf(bytes, mediaTypes.ociIndex);
        const precondition = current === undefined ? null : current.digest;
        await this.#manifests.push(referrersTag(subject), bytes, descriptor, signal, precondition);
        // Only another reading tells whether it held: the next turn of the loop does it.
        if (attempt > 1) await pause(Math.random() * 100 * attempt, signal);
      }
      const last = await this.#readIndex(subject, signal);
      if (change(last?.value.manifests ?? []) === undefined) return;
      throw new LadingError(
        'REFERENCE_MOVED',
        `Cannot update the referrers of ${subject} at ${this.#connection.registry}/${this.#repository}: others keep overwriting the list`,
        { hint: 'Push again when the others are done, or use a registry with the Referrers API.' },
      );
    });
  }

  async #readIndex(
    subject: Digest,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly value: ImageIndex; readonly digest: Digest } | undefined> {
    const found = await this.#manifests.get(referrersTag(subject), signal);
    // A tag of that name may be someone's image.
    if (found === undefined || !isIndexType(found.descriptor.mediaType)) return undefined;
    const document = readDocument(found.bytes, found.descriptor.mediaType);
    return document?.kind === 'index' ? { value: document.value, digest: found.descriptor.digest } : undefined;
  }

  #pull() {
    return {
      repository: this.#repository,
      scopes: [repositoryScope(this.#repository, 'pull')],
      action: 'list referrers',
      // What registries answer to a path they do not know, besides 404.
      expect: [200, 400, 404, 405, 406, 501],
      headers: { accept: mediaTypes.ociIndex },
    };
  }
}

/** A web page with status 200 is no answer of the Referrers API. */
function isReferrersAnswer(answer: { readonly status: number; header(name: string): string | undefined }): boolean {
  return (
    answer.status === 200 && (answer.header('content-type') ?? '').split(';', 1)[0]?.trim() === mediaTypes.ociIndex
  );
}

function manifestsOf(body: Record<string, unknown>): Descriptor[] {
  return Array.isArray(body.manifests) ? body.manifests.map((value) => parseDescriptor(value)) : [];
}

/** Undefined for content that is no manifest to us: whatever it is, it has no subject that we could read. */
function readDocument(bytes: Uint8Array, mediaType: string): ManifestDocument | undefined {
  try {
    return parseManifest(bytes, mediaType);
  } catch (error) {
    if (isLadingError(error, 'MANIFEST_INVALID', 'MANIFEST_UNSUPPORTED')) return undefined;
    throw error;
  }
}
