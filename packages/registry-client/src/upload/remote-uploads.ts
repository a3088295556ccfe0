import { LadingError } from '@lading/errors';
import { type Descriptor, type Digest, isDigest, maxManifestBytes } from '@lading/oci';
import type { BeginOptions, Ingest } from '@lading/store';
import { BlobUpload, type BlobUploadOptions, type UploadMemory } from './blob-upload.ts';
import { HeldUpload, type SendWhole } from './held-upload.ts';
import { pushHeld } from './push-held.ts';
import { RegistryManners } from './registry-manners.ts';
import type { UploadJournal, UploadKey } from './upload-journal.ts';
import { cancelUpload, type UploadTarget, uploadProgress } from './upload-session.ts';

export interface RemoteUploadsOptions {
  readonly target: UploadTarget;
  readonly journal?: UploadJournal | undefined;
  /** Sends a manifest. */
  readonly sendManifest: SendWhole;
}

/** Blobs of a known digest and size up to this are held and sent in one request that can be repeated. */
const heldBytes = 1 << 20;

/** The uploads to one repository: begins them, and finds those that can be gone on with. */
export class RemoteUploads {
  readonly #options: RemoteUploadsOptions;
  readonly #manners = new RegistryManners();
  readonly #open = new Map<string, BlobUpload | HeldUpload>();
  /** What is remembered, or about to be. */
  readonly #remembered = new Set<Digest>();

  constructor(options: RemoteUploadsOptions) {
    this.#options = options;
  }

  beginManifest(expected: Partial<Descriptor>): Ingest {
    const maxBytes = Math.min(expected.size ?? maxManifestBytes, maxManifestBytes);
    return this.#hold(expected, maxBytes, this.#options.sendManifest);
  }

  async begin({ expected = {}, adopt, signal }: BeginOptions): Promise<Ingest> {
    const { target, journal } = this.#options;
    const { digest, size } = expected;
    if (digest !== undefined && size !== undefined && size <= heldBytes) {
      return this.#hold(expected, size, (content, to, abort) =>
        pushHeld(target, this.#manners, { content, digest: to.digest }, abort),
      );
    }
    // Of several uploads of the same content at once, one is remembered.
    if (journal === undefined || digest === undefined || this.#remembered.has(digest))
      return this.#stream({ expected });
    const adopted = adopt === true ? await this.#adopt(journal, digest, expected, signal) : undefined;
    if (adopted === 'taken' || (adopted === undefined && this.#remembered.has(digest)))
      return this.#stream({ expected });
    return adopted ?? this.#stream({ expected, memory: this.#memoryOf(journal, digest) }, digest);
  }

  /** Goes on with the upload of this id. Throws INGEST_NOT_FOUND. */
  async resume(id: string, { expected = {}, signal }: BeginOptions): Promise<Ingest> {
    const open = this.#open.get(id);
    if (open !== undefined) {
      const next = open.supersede(expected);
      this.#open.set(id, next);
      return next;
    }
    // An upload that is remembered has the digest of its content as its id.
    const { journal } = this.#options;
    const adopted =
      journal !== undefined && isDigest(id) && !this.#remembered.has(id)
        ? await this.#adopt(journal, id, { ...expected, digest: id }, signal)
        : undefined;
    if (adopted !== undefined && adopted !== 'taken') return adopted;
    const { connection, repository } = this.#options.target;
    throw new LadingError(
      'INGEST_NOT_FOUND',
      `Cannot resume a push to ${connection.registry}/${repository}: it is not known any more`,
      { hint: 'Push again from the start.' },
    );
  }

  async #adopt(
    journal: UploadJournal,
    digest: Digest,
    expected: Partial<Descriptor>,
    signal: AbortSignal | undefined,
  ): Promise<Ingest | 'taken' | undefined> {
    const { target } = this.#options;
    const key = this.#keyOf(digest);
    // Before anything is waited for: of those who come at once, one may go on.
    this.#remembered.add(digest);
    let adopted: Ingest | undefined;
    try {
      const record = await journal.claim(key).catch(() => undefined);
      if (record === undefined || record === 'taken') return record;
      const location = new URL(record.location);
      const held = await uploadProgress(target, location, signal);
      const memory = this.#memoryOf(journal, digest);
      if (held !== undefined && held.offset <= (expected.size ?? held.offset)) {
        await memory.save(held.location);
        adopted = this.#stream({ expected, memory, resumed: held }, digest);
        return adopted;
      }
      await memory.remove();
      await cancelUpload(target, location);
      return undefined;
    } catch (error) {
      await journal.release(key).catch(() => {});
      throw error;
    } finally {
      if (adopted === undefined) this.#remembered.delete(digest);
    }
  }

  #keyOf(digest: Digest): UploadKey {
    const { connection, repository } = this.#options.target;
    return { registry: connection.registry, repository, digest };
  }

  /** What cannot be written down is forgotten, and an upload is none the worse for it. */
  #memoryOf(journal: UploadJournal, digest: Digest): UploadMemory {
    const key = this.#keyOf(digest);
    return {
      save: (location) => journal.save(key, { location: location.href }).catch(() => {}),
      release: () => journal.release(key).catch(() => {}),
      remove: () => journal.remove(key).catch(() => {}),
    };
  }

  #hold(expected: Partial<Descriptor>, maxBytes: number, send: SendWhole): Ingest {
    const id = crypto.randomUUID();
    return this.#keep(new HeldUpload({ id, expected, maxBytes, send, onClose: () => this.#open.delete(id) }));
  }

  /** `digest`: it is remembered under that, which is its id. */
  #stream(options: Pick<BlobUploadOptions, 'expected' | 'memory' | 'resumed'>, digest?: Digest): Ingest {
    const id = digest ?? crypto.randomUUID();
    if (digest !== undefined) this.#remembered.add(digest);
    const onClose = (): void => {
      this.#open.delete(id);
      if (digest !== undefined) this.#remembered.delete(digest);
    };
    return this.#keep(
      new BlobUpload({ ...options, id, target: this.#options.target, manners: this.#manners, onClose }),
    );
  }

  #keep<U extends BlobUpload | HeldUpload>(upload: U): U {
    this.#open.set(upload.id, upload);
    return upload;
  }
}
