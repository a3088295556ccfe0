import { type Bytes, fromBuffer, type Io, slice } from '@lading/bytes';
import { interrupted, isLadingError, LadingError, throwIfAborted } from '@lading/errors';
import { type Descriptor, type Digest, isManifestType, mediaTypes, sized, verified } from '@lading/oci';
import {
  type BeginOptions,
  type BlobInfo,
  type ContentStore,
  digestOfTarget,
  type Ingest,
  type Lease,
  needlessLease,
  type OpenOptions,
  type Target,
} from '@lading/store';
import type { Answer, Connection } from './connection.ts';
import { lengthOf } from './download/blob-answer.ts';
import { type BlobDownloadOptions, downloadBlob } from './download/blob-download.ts';
import type { RemoteManifests } from './remote-manifests.ts';
import { TransientFailure } from './retry.ts';
import { repositoryScope } from './scope.ts';
import { RemoteUploads } from './upload/remote-uploads.ts';
import type { UploadJournal } from './upload/upload-journal.ts';
import { cancelUpload, type UploadTarget, uploadLocation } from './upload/upload-session.ts';

export interface RemoteContentOptions {
  readonly connection: Connection;
  readonly repository: string;
  readonly manifests: RemoteManifests;
  /** Where uploads are remembered, for a later process to go on with. */
  readonly uploads?: UploadJournal | undefined;
}

/**
 * The content of a remote repository. The media type of a target decides between `/manifests/` and `/blobs/`; a bare digest is looked for
 * among blobs, then manifests. OCI distribution-spec 1.1.
 *
 * What a registry does not have: `list()` throws REGISTRY_UNSUPPORTED; `lease()` protects nothing, for a registry decides alone what it
 * collects. An upload of more than 1 MiB whose digest is known can be resumed and adopted by another process where `uploads` remembers it;
 * others live in this process.
 */
export class RemoteContent implements ContentStore {
  readonly #connection: Connection;
  readonly #repository: string;
  readonly #manifests: RemoteManifests;
  readonly #uploads: RemoteUploads;

  constructor({ connection, repository, manifests, uploads }: RemoteContentOptions) {
    this.#connection = connection;
    this.#repository = repository;
    this.#manifests = manifests;
    this.#uploads = new RemoteUploads({
      target: this.#target,
      journal: uploads,
      sendManifest: (content, descriptor, signal) => manifests.push(descriptor.digest, content, descriptor, signal),
    });
  }

  async stat(target: Target, { signal }: Io = {}): Promise<BlobInfo | undefined> {
    throwIfAborted(signal);
    const digest = digestOfTarget(target);
    if (!isManifestTarget(target)) {
      const answer = await this.#headBlob(digest, signal);
      if (answer.status === 200) return { digest, size: lengthOf(answer) ?? (await this.#measured(target, signal)) };
      if (typeof target !== 'string') return undefined;
    }
    const found = await this.#manifests.head(digest, signal);
    return found === undefined ? undefined : { digest, size: found.size };
  }

  async open(target: Target, { range, seek, verify, signal }: OpenOptions = {}): Promise<Bytes> {
    throwIfAborted(signal);
    const digest = digestOfTarget(target);
    const size = typeof target === 'string' ? undefined : target.size;
    if (range !== undefined) checkRange(range.start, range.end);
    const bytes =
      (isManifestTarget(target) ? undefined : await this.#openBlob(digest, { size, range, seek, signal })) ??
      (isManifestTarget(target) || typeof target === 'string'
        ? await this.#openManifest(digest, range, signal)
        : undefined);
    if (bytes === undefined) {
      throw new LadingError('BLOB_NOT_FOUND', `Cannot open ${digest}: ${this.#name} does not have it`, {
        hint: 'It was never pushed there, or deleted since.',
        details: { digest, repository: this.#name },
      });
    }
    if (range !== undefined) return bytes;
    return (verify === false ? sized : verified)(bytes, { digest, size });
  }

  async begin(options: BeginOptions = {}): Promise<Ingest> {
    const { expected = {}, resume, signal } = options;
    throwIfAborted(signal);
    if (resume !== undefined) return this.#uploads.resume(resume, options);
    const { mediaType } = expected;
    if (mediaType !== undefined && isManifestContent(mediaType)) return this.#uploads.beginManifest(expected);
    return this.#uploads.begin(options);
  }

  /** A manifest is deleted with all its tags. */
  async delete(digest: Digest, { signal }: Io = {}): Promise<boolean> {
    throwIfAborted(signal);
    if (await this.#isManifest(digest, signal)) return this.#manifests.delete(digest, signal);
    const answer = await this.#connection.head({
      ...this.#at(`/blobs/${digest}`),
      scopes: [repositoryScope(this.#repository, 'pull', 'push', 'delete')],
      method: 'DELETE',
      action: `delete blob ${digest}`,
      expect: [200, 202, 204, 404],
      signal,
    });
    return answer.status !== 404;
  }

  // biome-ignore lint/correctness/useYield: a registry has no list of its content to give.
  async *list(): AsyncGenerator<BlobInfo, void, undefined> {
    throw new LadingError(
      'REGISTRY_UNSUPPORTED',
      `Cannot list the content of ${this.#name}: registries have no such call`,
      {
        hint: 'List the tags, and follow them to manifests and blobs.',
      },
    );
  }

  async lease(content: Digest | readonly Digest[], ttlMs: number): Promise<Lease> {
    return needlessLease(content, ttlMs);
  }

  /**
   * `fromRepository` is a path on the same registry, with or without the registry before it; of another registry it gives `false`.
   * OCI distribution-spec 1.1 §mounting-a-blob-from-another-repository.
   */
  async mount(target: Descriptor, fromRepository: string, { signal }: Io = {}): Promise<boolean> {
    throwIfAborted(signal);
    const source = this.#pathHere(fromRepository);
    if (source === undefined || isManifestContent(target.mediaType)) return false;
    const action = `mount blob ${target.digest}`;
    try {
      const answer = await this.#connection.head({
        repository: this.#repository,
        scopes: [repositoryScope(this.#repository, 'pull', 'push'), repositoryScope(source, 'pull')],
        method: 'POST',
        path: `/v2/${this.#repository}/blobs/uploads/?mount=${encodeURIComponent(target.digest)}&from=${encodeURIComponent(source)}`,
        action,
        expect: [201, 202, 400, 404, 405],
        signal,
      });
      if (answer.status === 201) return true;
      // It opened an ordinary upload instead, which nobody will use.
      if (answer.status === 202) await cancelUpload(this.#target, await uploadLocation(this.#target, action, answer));
      return false;
    } catch (error) {
      if (signal?.aborted) throw interrupted(signal);
      // No right to read the source is a reason to copy. Whoever may not write here either is told so by the copy.
      if (isLadingError(error, 'REGISTRY_UNAUTHORIZED', 'REGISTRY_DENIED', 'REGISTRY_UNSUPPORTED')) return false;
      throw error;
    }
  }

  /**
   * What a bare digest is has to be asked twice: some registries show manifests among the blobs, and deleting such a blob would leave a
   * manifest without bytes; others answer 500 to a request for a blob as a manifest.
   */
  async #isManifest(digest: Digest, signal: AbortSignal | undefined): Promise<boolean> {
    if (this.#manifests.isKnown(digest)) return true;
    const blob = await this.#headBlob(digest, signal);
    if (blob.status === 404) return true;
    try {
      return (await this.#manifests.head(digest, signal, { repeat: false })) !== undefined;
    } catch (error) {
      if (error instanceof TransientFailure) return false;
      throw error;
    }
  }

  #headBlob(digest: Digest, signal: AbortSignal | undefined): Promise<Pick<Answer, 'status' | 'header'>> {
    return this.#connection.head({
      ...this.#pull(`/blobs/${digest}`),
      method: 'HEAD',
      action: `look for blob ${digest}`,
      expect: [200, 404],
      signal,
    });
  }

  get #name(): string {
    return `${this.#connection.registry}/${this.#repository}`;
  }

  get #target(): UploadTarget {
    return { connection: this.#connection, repository: this.#repository };
  }

  #at(path: string): { repository: string; path: string } {
    return { repository: this.#repository, path: `/v2/${this.#repository}${path}` };
  }

  #pull(path: string): { repository: string; path: string; scopes: string[] } {
    return { ...this.#at(path), scopes: [repositoryScope(this.#repository, 'pull')] };
  }

  async #openBlob(
    digest: Digest,
    options: Pick<BlobDownloadOptions, 'size' | 'range' | 'seek' | 'signal'>,
  ): Promise<Bytes | undefined> {
    const { range, signal } = options;
    if (range !== undefined && range.start === range.end) {
      // HTTP has no empty range; whether the content is there still has to be found out.
      return (await this.#headBlob(digest, signal)).status === 200 ? fromBuffer(new Uint8Array()) : undefined;
    }
    const source = { connection: this.#connection, repository: this.#repository, digest };
    return downloadBlob({ ...options, source, retries: this.#connection.retries });
  }

  async #openManifest(
    digest: Digest,
    range: OpenOptions['range'],
    signal: AbortSignal | undefined,
  ): Promise<Bytes | undefined> {
    const found = await this.#manifests.get(digest, signal);
    if (found === undefined) return undefined;
    return range === undefined ? fromBuffer(found.bytes) : slice(fromBuffer(found.bytes), range);
  }

  /** For registries whose HEAD has no length: the length of the GET, without its content. */
  async #measured(target: Target, signal: AbortSignal | undefined): Promise<number> {
    const digest = digestOfTarget(target);
    const answer = await this.#connection.send({
      ...this.#pull(`/blobs/${digest}`),
      method: 'GET',
      action: `pull blob ${digest}`,
      expect: [200],
      signal,
    });
    const size = lengthOf(answer);
    if (size !== undefined) {
      // Not discard(): that reads some of it.
      for await (const _ of answer.body) break;
      return size;
    }
    let total = 0;
    for await (const chunk of answer.body) total += chunk.byteLength;
    return total;
  }

  #pathHere(repository: string): string | undefined {
    const prefix = `${this.#connection.registry}/`;
    if (repository.startsWith(prefix)) return repository.slice(prefix.length);
    const first = repository.split('/', 1)[0] ?? '';
    const namesHost = repository.includes('/') && (/[.:]/.test(first) || first === 'localhost');
    return namesHost ? undefined : repository;
  }
}

/** Whether a registry keeps content of this media type as a manifest. */
export function isManifestContent(mediaType: string): boolean {
  return isManifestType(mediaType) || mediaType === mediaTypes.ociArtifactManifest;
}

function isManifestTarget(target: Target): boolean {
  return typeof target !== 'string' && isManifestContent(target.mediaType);
}

function checkRange(start: number, end: number | undefined): void {
  if (Number.isSafeInteger(start) && start >= 0 && (end === undefined || end >= start)) return;
  throw new LadingError('RANGE_INVALID', `Cannot read bytes ${start} to ${end ?? 'the end'}: the range is reversed`);
}
