import { collect } from '@lading/bytes';
import { LadingError } from '@lading/errors';
import type { Digest } from '@lading/oci';
import type { BlobInfo, ContentStore } from '../content-store.ts';
import { Blobs } from './blobs.ts';
import type { Bucket } from './bucket.ts';
import type { CollectOptions } from './collect-blobs.ts';
import { openBucket, type S3BucketOptions } from './open-bucket.ts';
import { PartBuffers } from './part-buffers.ts';
import { S3Content } from './s3-content.ts';
import { Slots } from './slots.ts';
import { SweepGate } from './sweep-gate.ts';

export interface S3StoreOptions extends S3BucketOptions {
  /** What is not longer is one request; what is, is sent in parts of this size. At least 5 MiB; 8 MiB unless told. */
  readonly partBytes?: number | undefined;
  /** How many parts all writes together send at once: they take `partBytes` of memory each, as does every write. 4 unless told. */
  readonly partsAtOnce?: number | undefined;
  /**
   * What has more parts becomes several objects, which are the content one after another. At most 10,000 (Amazon S3 User Guide, "multipart
   * upload limits"); 512 unless told, which is 4 GiB of 8 MiB each: some services need minutes to make one object of very many parts, or
   * cannot do it. Only to what is one object `presign` gives a URL.
   */
  readonly partsPerObject?: number | undefined;
}

/**
 * Content in a bucket that any number of processes on any number of machines may use at once. The service has to read what was written last
 * and to honour `If-Match` and `If-None-Match` on PUT. Amazon S3 and R2 document both; the tests run against versitygw.
 *
 * - `blobs/<algorithm>/<hex>`: what is visible: content, or a pointer to
 * - `data/<id>/<n>`: objects that are the content one after another, written by the ingest of that id;
 * - `ingest/<id>/`: what others need to go on with a write;
 * - `leases/`: what is protected from collection;
 * - `sweep`: there while a collection takes content away;
 * - `journal/<number>`: what openS3Journal() keeps;
 * - `format`: the version of all this.
 */
export interface S3Store extends ContentStore {
  /** Digests that are leased now, each once. Leases that expired are removed. */
  leases(): AsyncIterable<Digest>;
  /**
   * Removes those of the candidates that were committed long enough ago and are not leased, and tells which those were, after they are gone.
   * Safe beside any number of processes that commit, lease and collect. Once `lease()` resolved, content that `stat` shows stays.
   */
  collect(candidates: Iterable<Digest> | AsyncIterable<Digest>, options: CollectOptions): AsyncIterable<BlobInfo>;
  /**
   * Removes writes that nobody has written to for so long, and what crashes left. The number of those removed. A write whose digest was known
   * beforehand stays while the process on this machine lives that has it.
   */
  collectIngests(olderThanMs: number): Promise<number>;
  /** Closes its connections. */
  close(): Promise<void>;
}

const megabytes = 1 << 20;
const minPartBytes = 5 * megabytes;
const maxPartsPerObject = 10_000;

/** Opens the store in a bucket, making one where there is none. Throws STORE_NOT_FOUND, STORE_DENIED, STORE_UNREACHABLE, STORE_FORMAT. */
export async function openS3Store(options: S3StoreOptions): Promise<S3Store> {
  const { partBytes = 8 * megabytes, partsAtOnce = 4, partsPerObject = 512 } = options;
  if (partBytes < minPartBytes)
    throw new LadingError('USAGE', `Cannot open an S3 store: partBytes is below ${minPartBytes}`);
  if (partsPerObject < 1 || partsPerObject > maxPartsPerObject)
    throw new LadingError('USAGE', `Cannot open an S3 store: partsPerObject is not 1 to ${maxPartsPerObject}`);
  const bucket = await openBucket(options);
  const gate = new SweepGate(bucket);
  const blobs = new Blobs(bucket, gate);
  const usual = new PartBuffers(partBytes, partsAtOnce + 1);
  const content = new S3Content(
    {
      bucket,
      blobs,
      slots: new Slots(partsAtOnce),
      buffersFor: (bytes = partBytes) => (bytes === partBytes ? usual : new PartBuffers(bytes, 1)),
      partsPerObject,
    },
    gate,
  );
  const store = Object.assign(content, { chunkBytes: partBytes, close: async () => bucket.close() });
  try {
    await prepare(bucket);
  } catch (error) {
    await store.close();
    throw error;
  }
  return store;
}

const format = '{"store":"lading","version":1}';

async function prepare(bucket: Bucket): Promise<void> {
  // Of many that open a new store at once, one writes it.
  const found = await bucket.get('format');
  if (found === undefined) return void (await bucket.put('format', Buffer.from(format), { over: null }));
  const text = (await collect(found.body, { maxBytes: 1000, what: 'the format of the store' })).toString();
  if (text === format) return;
  throw new LadingError('STORE_FORMAT', `Cannot open ${bucket.where}: its format is ${JSON.stringify(text)}`, {
    hint: 'A newer version of lading wrote it, or something else: use that version, or another prefix.',
  });
}
