import type { Bytes, Io } from '@lading/bytes';
import { ingestClosed } from '../internal/failures.ts';
import type { Bucket } from './bucket.ts';
import { completeUpload } from './complete-upload.ts';
import { dataKey, type IngestState } from './ingest-state.ts';
import { abortUpload, createUpload } from './multipart.ts';
import type { PartBuffers } from './part-buffers.ts';
import { PartGatherer } from './part-gatherer.ts';
import { PartUploads } from './part-uploads.ts';
import { readObject } from './read-object.ts';
import type { Slots } from './slots.ts';

export interface BlobDataOptions {
  readonly bucket: Bucket;
  readonly id: string;
  readonly buffers: PartBuffers;
  readonly slots: Slots;
  /** Then the next one begins. */
  readonly partsPerObject: number;
  /** What former writers left. */
  readonly objects?: readonly number[] | undefined;
  readonly upload?: IngestState['upload'];
}

/**
 * The bytes of one ingest: data objects that are whole, then the parts of a multipart upload that will be the next one, then what is
 * gathered in memory for the next part. Because an object has so many parts at most, a part need not grow with the content, and so memory
 * does not; nothing limits how large the content is. Every call may be made again after it failed; no byte is lost by that.
 */
export class BlobData {
  readonly #options: BlobDataOptions;
  readonly #objects: number[];
  readonly #gathered: PartGatherer;
  #upload: PartUploads | undefined;

  constructor(options: BlobDataOptions) {
    this.#options = options;
    this.#objects = [...(options.objects ?? [])];
    this.#gathered = new PartGatherer(options.buffers);
    if (options.upload !== undefined) this.#upload = this.#uploads(options.upload);
  }

  get size(): number {
    return sum(this.#objects) + (this.#upload?.bytes ?? 0) + this.#gathered.filled;
  }

  /** Whether all of it is in memory. */
  get isGathered(): boolean {
    return this.#objects.length === 0 && this.#upload === undefined;
  }

  /** In memory; valid until the next call. */
  get gathered(): Buffer {
    return this.#gathered.peek();
  }

  /** What the service has, as it is written down. */
  get stored(): Pick<IngestState, 'objects' | 'upload' | 'partBytes'> {
    const upload = this.#upload && { id: this.#upload.upload, parts: this.#upload.parts };
    return { objects: this.#objects, upload, partBytes: this.#options.buffers.bytes };
  }

  get storedBytes(): number {
    return sum(this.#objects) + sum((this.#upload?.parts ?? []).map(({ size }) => size));
  }

  /** True when the next byte makes a new part, and the one that is full has to be sent before. */
  get isFull(): boolean {
    return this.#gathered.isFull;
  }

  /** Takes a copy of as much as fits: how many bytes. */
  add(chunk: Uint8Array): number {
    return this.#gathered.add(chunk);
  }

  /** Sends the full part; `begun` runs before the first one of a new upload, which others have to know of. */
  async sendPart(begun: () => Promise<void>, io: Io): Promise<void> {
    if (this.#isUploadFull) await this.#endUpload(io);
    if (this.#upload === undefined) {
      const { bucket } = this.#options;
      const id = await createUpload(bucket, this.#key, io);
      this.#upload = this.#uploads({ id, parts: [] });
      try {
        await begun();
      } catch (error) {
        this.#upload = undefined;
        await abortUpload(bucket, this.#key, id).catch(() => {});
        throw error;
      }
    }
    await this.#upload.push(this.#gathered.take(), io);
  }

  /** Waits until the service has everything that was sent. */
  async settle(io: Io): Promise<void> {
    await this.#upload?.settle(io);
  }

  /**
   * Ends the upload of a former writer, and with it that writer's access: it cannot change what this one goes on from. What is added
   * becomes an object of its own.
   */
  async takeOver(io: Io): Promise<void> {
    const upload = this.#upload;
    if (upload === undefined) return;
    if (upload.parts.length > 0) await this.#complete(upload, io);
    else await abortUpload(this.#options.bucket, upload.key, upload.upload, io);
    this.#upload = undefined;
  }

  /** Everything into data objects. How many there are. */
  async finish(io: Io): Promise<number> {
    const { filled } = this.#gathered;
    if (this.#isUploadFull && filled > 0) await this.#endUpload(io);
    if (this.#upload !== undefined) {
      if (filled > 0) await this.#upload.push(this.#gathered.take(), io);
      await this.#endUpload(io);
    } else if (filled > 0) {
      await this.#options.bucket.put(this.#key, this.gathered, io);
      this.#objects.push(filled);
      this.#gathered.drop();
    }
    return this.#objects.length;
  }

  /** What is in data objects. */
  async *read(io: Io): Bytes {
    const { bucket, id } = this.#options;
    for (const [index, end] of this.#objects.entries()) {
      yield* readObject(bucket, { key: dataKey(id, index), start: 0, end }, async () => this.#lost(), io);
    }
  }

  /** Forgets what is in memory. */
  async drop(): Promise<void> {
    await this.#upload?.drop();
    this.#gathered.drop();
  }

  /** Frees the parts of an upload that was not finished. */
  async abort(): Promise<void> {
    await this.drop();
    if (this.#upload !== undefined) await abortUpload(this.#options.bucket, this.#upload.key, this.#upload.upload);
  }

  get #key(): string {
    return dataKey(this.#options.id, this.#objects.length);
  }

  get #isUploadFull(): boolean {
    return (this.#upload?.count ?? 0) >= this.#options.partsPerObject;
  }

  /** Makes an object of all parts. */
  async #endUpload(io: Io): Promise<void> {
    const upload = this.#upload;
    if (upload === undefined) return;
    await upload.settle(io);
    await this.#complete(upload, io);
    this.#upload = undefined;
  }

  async #complete({ key, upload, parts }: PartUploads, io: Io): Promise<void> {
    if (!(await completeUpload(this.#options.bucket, key, upload, parts, io))) throw this.#lost();
    this.#objects.push(sum(parts.map(({ size }) => size)));
  }

  #uploads({ id: upload, parts }: NonNullable<IngestState['upload']>): PartUploads {
    const { bucket, buffers, slots } = this.#options;
    return new PartUploads({ bucket, key: this.#key, upload, parts, buffers, slots, gone: () => this.#lost() });
  }

  #lost(): Error {
    return ingestClosed(this.#options.id, 'it was continued or ended elsewhere');
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
