import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { collect } from '@lading/bytes';
import { LadingError, type Secret } from '@lading/errors';
import type { Digest } from '@lading/oci';
import type { BlobInfo, ContentStore } from '../content-store.ts';
import { Blobs } from './blobs.ts';
import { Bucket } from './bucket.ts';
import type { CollectOptions } from './collect-blobs.ts';
import { PartBuffers } from './part-buffers.ts';
import { S3Content } from './s3-content.ts';
import { Slots } from './slots.ts';
import { SweepGate } from './sweep-gate.ts';

export interface S3StoreOptions {
  /** It has to exist. */
  readonly bucket: string;
  /** Everything of the store lies under it, so that a bucket can hold several. */
  readonly prefix?: string | undefined;
  /** As the environment and the AWS configuration files say, unless told. */
  readonly region?: string | undefined;
  /** Of a service other than Amazon's: `https://s3.example.org`. */
  readonly endpoint?: string | undefined;
  /** `endpoint/bucket/key` and not `bucket.endpoint/key`. Unless told: true where there is an `endpoint`. */
  readonly forcePathStyle?: boolean | undefined;
  /** As Amazon's SDKs look for them, unless told: environment, configuration files, web identity, container and instance. */
  readonly credentials?: S3Credentials | undefined;
  /** What is not longer is one request; what is, is sent in parts of this size. At least 5 MiB; 8 MiB unless told. */
  readonly partBytes?: number | undefined;
  /** How many parts all writes together send at once: they take `partBytes` of memory each, as does every write. 4 unless told. */
  readonly partsAtOnce?: number | undefined;
  /** How often a request is made before it fails, with growing pauses. 5 unless told. */
  readonly attempts?: number | undefined;
  /** An answer that does not go on for so long has failed. 30 s unless told. */
  readonly idleMs?: number | undefined;
}

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  readonly sessionToken?: Secret | undefined;
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
/** The most parts that an upload may have. Amazon S3 User Guide, "multipart upload limits". */
const maxParts = 10_000;

/** Opens the store in a bucket, making one where there is none. Throws STORE_NOT_FOUND, STORE_DENIED, STORE_UNREACHABLE, STORE_FORMAT. */
export async function openS3Store(options: S3StoreOptions): Promise<S3Store> {
  const { partBytes = 8 * megabytes, partsAtOnce = 4, prefix = '' } = options;
  if (partBytes < minPartBytes)
    throw new LadingError('USAGE', `Cannot open an S3 store: partBytes is below ${minPartBytes}`);
  const sdk = await import('@aws-sdk/client-s3');
  const client = new sdk.S3Client(clientConfig(options));
  const folder = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
  const bucket = new Bucket({ sdk, client, name: options.bucket, prefix: folder });
  const gate = new SweepGate(bucket);
  const blobs = new Blobs(bucket, gate);
  const usual = new PartBuffers(partBytes, partsAtOnce + 1);
  const content = new S3Content(
    {
      bucket,
      blobs,
      slots: new Slots(partsAtOnce),
      buffersFor: (expectedBytes, given) => {
        const needed = given ?? Math.max(partBytes, Math.ceil(expectedBytes / maxParts / megabytes) * megabytes);
        return needed === partBytes ? usual : new PartBuffers(needed, 1);
      },
    },
    gate,
  );
  const store = Object.assign(content, { close: async () => client.destroy() });
  try {
    await prepare(bucket);
  } catch (error) {
    await store.close();
    throw error;
  }
  return store;
}

function clientConfig({
  endpoint,
  forcePathStyle,
  region,
  credentials,
  attempts,
  idleMs,
}: S3StoreOptions): S3ClientConfig {
  return {
    maxAttempts: attempts ?? 5,
    // Content is verified by its digest; sums of the SDK's own would hash it once more, and not every service knows them.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // Else the SDK opens a connection for every part.
    expectContinueHeader: false,
    requestHandler: { connectionTimeout: 5_000, socketTimeout: idleMs ?? 30_000 },
    ...(endpoint === undefined
      ? {}
      : { endpoint, forcePathStyle: forcePathStyle ?? true, region: region ?? 'us-east-1' }),
    ...(forcePathStyle === undefined ? {} : { forcePathStyle }),
    ...(region === undefined ? {} : { region }),
    ...(credentials === undefined ? {} : { credentials: async () => revealed(credentials) }),
  };
}

function revealed({ accessKeyId, secretAccessKey, sessionToken }: S3Credentials): {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
} {
  return {
    accessKeyId,
    secretAccessKey: secretAccessKey.reveal(),
    ...(sessionToken === undefined ? {} : { sessionToken: sessionToken.reveal() }),
  };
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
