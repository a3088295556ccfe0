import { isLadingError, LadingError } from '@lading/errors';
import {
  algorithmOf,
  type Descriptor,
  type Digest,
  digestOf,
  isDigest,
  maxManifestBytes,
  mediaTypes,
  parseDigest,
  parseManifest,
} from '@lading/oci';
import type { Answer, Connection } from './connection.ts';
import { ManifestCache } from './manifest-cache.ts';
import { repositoryScope } from './scope.ts';
import { pushCall } from './upload/upload-session.ts';

export interface FoundManifest {
  readonly descriptor: Descriptor;
  readonly bytes: Buffer;
}

/** Everything a manifest may be; the order is that of preference. */
const accept = [
  mediaTypes.ociIndex,
  mediaTypes.ociManifest,
  mediaTypes.dockerManifestList,
  mediaTypes.dockerManifest,
  mediaTypes.ociArtifactManifest,
  '*/*;q=0.1',
].join(', ');

/** What a tag write demands of the tag as it stands: the digest it must have, or `null`: that it must not exist. */
export type Precondition = Digest | null;

/** Who keeps the lists of referrers where the registry does not. */
export interface ManifestWatcher {
  /** After a push; `ociSubject` is what the registry answered in that header. */
  pushed(
    descriptor: Descriptor,
    bytes: Uint8Array,
    ociSubject: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<void>;
  /** Before a delete; gives what is to be done after it. */
  beforeDelete(digest: Digest, signal: AbortSignal | undefined): Promise<(() => Promise<void>) | undefined>;
}

/** The `/manifests/` of a repository. OCI distribution-spec 1.1 §pulling-manifests, §pushing-manifests. */
export class RemoteManifests {
  readonly #connection: Connection;
  readonly #repository: string;
  readonly #cache = new ManifestCache();
  readonly #known = new Set<Digest>();
  #watcher: ManifestWatcher | undefined;

  constructor(connection: Connection, repository: string) {
    this.#connection = connection;
    this.#repository = repository;
  }

  /** A watcher needs manifests itself, so it comes second. */
  watch(watcher: ManifestWatcher): void {
    this.#watcher = watcher;
  }

  /** A manifest that this process pushed not long ago; not to be written into. */
  pushed(digest: Digest): FoundManifest | undefined {
    return this.#cache.get(digest);
  }

  /** Whether this process has pushed it here. */
  isKnown(digest: Digest): boolean {
    return this.#known.has(digest);
  }

  /** What a tag or digest points to. Some registries leave headers out; then the manifest itself is read. */
  async head(
    reference: string,
    signal?: AbortSignal | undefined,
    options: { readonly repeat?: false } = {},
  ): Promise<Descriptor | undefined> {
    const answer = await this.#connection.head({
      ...this.#pull(reference),
      ...options,
      method: 'HEAD',
      action: `look up manifest ${reference}`,
      expect: [200, 404],
      signal,
    });
    if (answer.status === 404) return undefined;
    const digest = isDigest(reference) ? reference : answer.header('docker-content-digest');
    const size = answer.header('content-length');
    const mediaType = typeOf(answer);
    if (digest === undefined || size === undefined || !/^\d{1,12}$/.test(size) || mediaType === '') {
      return (await this.get(reference, signal))?.descriptor;
    }
    return { mediaType, digest: parseDigest(digest), size: Number(size) };
  }

  /** The manifest itself: by digest verified; by tag, its digest is computed from its bytes. */
  async get(reference: string, signal?: AbortSignal | undefined): Promise<FoundManifest | undefined> {
    const answer = await this.#connection.fetch({
      ...this.#pull(reference),
      method: 'GET',
      action: `pull manifest ${reference}`,
      expect: [200, 404],
      maxBytes: maxManifestBytes,
      signal,
    });
    if (answer.status === 404) return undefined;
    const bytes = answer.body;
    const announced = isDigest(reference) ? reference : answer.header('docker-content-digest');
    const digest = digestOf(bytes, announced !== undefined && isDigest(announced) ? algorithmOf(announced) : 'sha256');
    if (announced !== undefined && isDigest(announced) && announced !== digest) {
      throw new LadingError(
        'DIGEST_MISMATCH',
        `Cannot accept manifest ${announced}: the content has digest ${digest}`,
        {
          hint: 'The registry, or something between here and there, damages or replaces content.',
          details: {
            expected: announced,
            actual: digest,
            repository: `${this.#connection.registry}/${this.#repository}`,
          },
        },
      );
    }
    return { descriptor: { mediaType: typeOf(answer) || typeIn(bytes), digest, size: bytes.length }, bytes };
  }

  /**
   * Pushes under a tag or digest. `false` when the precondition was sent and the registry says that it does not hold.
   * A manifest with a subject is entered into the list of referrers of its subject, unless the registry does that itself.
   */
  async push(
    reference: string,
    bytes: Uint8Array,
    descriptor: Descriptor,
    signal?: AbortSignal | undefined,
    precondition?: Precondition | undefined,
  ): Promise<boolean> {
    const answer = await this.#connection.head({
      ...pushCall({ connection: this.#connection, repository: this.#repository }),
      method: 'PUT',
      path: `/v2/${this.#repository}/manifests/${reference}`,
      action: `push manifest ${reference}`,
      expect: precondition === undefined ? [200, 201, 202, 204] : [200, 201, 202, 204, 412],
      headers: {
        'content-type': descriptor.mediaType,
        ...(precondition === undefined
          ? {}
          : precondition === null
            ? { 'if-none-match': '*' }
            : { 'if-match': `"${precondition}"` }),
      },
      body: bytes,
      signal,
    });
    if (answer.status === 412) return false;
    this.#known.add(descriptor.digest);
    this.#cache.set({ descriptor, bytes: Buffer.from(bytes) });
    if (isDigest(reference)) await this.#watcher?.pushed(descriptor, bytes, answer.header('oci-subject'), signal);
    return true;
  }

  async delete(digest: Digest, signal?: AbortSignal | undefined): Promise<boolean> {
    const before = await this.#watcher?.beforeDelete(digest, signal);
    const deleted = await this.deleteReference(digest, signal);
    if (deleted) {
      this.#known.delete(digest);
      this.#cache.delete(digest);
      await before?.();
    }
    return deleted;
  }

  /** By digest the manifest with all its tags; by tag the tag, where the registry can do that (REGISTRY_UNSUPPORTED). */
  async deleteReference(reference: string, signal?: AbortSignal | undefined): Promise<boolean> {
    try {
      const answer = await this.#connection.head({
        repository: this.#repository,
        scopes: [repositoryScope(this.#repository, 'pull', 'push', 'delete')],
        method: 'DELETE',
        path: `/v2/${this.#repository}/manifests/${reference}`,
        action: `delete manifest ${reference}`,
        expect: [200, 202, 204, 404],
        signal,
      });
      return answer.status !== 404;
    } catch (error) {
      // A tag where only digests can be deleted: CNCF distribution before version 3.
      if (!isDigest(reference) && isLadingError(error, 'REGISTRY_RESPONSE') && error.details.status === 400) {
        throw new LadingError('REGISTRY_UNSUPPORTED', error.message, { cause: error, details: error.details });
      }
      throw error;
    }
  }

  #pull(reference: string): { repository: string; scopes: string[]; path: string; headers: Record<string, string> } {
    return {
      repository: this.#repository,
      scopes: [repositoryScope(this.#repository, 'pull')],
      path: `/v2/${this.#repository}/manifests/${reference}`,
      headers: { accept },
    };
  }
}

function typeOf(answer: Pick<Answer, 'header'>): string {
  const type = (answer.header('content-type') ?? '').split(';', 1)[0]?.trim() ?? '';
  // What servers say that do not know better.
  return type === 'application/json' || type === 'application/octet-stream' || type.startsWith('text/') ? '' : type;
}

/** The media type that a manifest states or shows itself to have. */
function typeIn(bytes: Buffer): string {
  try {
    return parseManifest(bytes).mediaType;
  } catch (error) {
    if (isLadingError(error, 'MANIFEST_INVALID', 'MANIFEST_UNSUPPORTED')) return mediaTypes.ociManifest;
    throw error;
  }
}
