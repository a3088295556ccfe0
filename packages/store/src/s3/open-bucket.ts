import type { S3ClientConfig } from '@aws-sdk/client-s3';
import type { Secret } from '@lading/errors';
import { Bucket } from './bucket.ts';

export interface S3BucketOptions {
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
  /** How often a request is made before it fails, with growing pauses. 5 unless told. */
  readonly attempts?: number | undefined;
  /** An answer that does not go on for so long has failed. 30 s unless told. */
  readonly idleMs?: number | undefined;
  /**
   * How long the service may take to make one object of many parts. 15 min unless told: that can take "several minutes" (Amazon S3 API,
   * CompleteMultipartUpload), and not every service says meanwhile that it is at it.
   */
  readonly assemblyMs?: number | undefined;
}

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  readonly sessionToken?: Secret | undefined;
}

/** The part of a bucket under the prefix. Nothing is asked of the service yet. */
export async function openBucket(options: S3BucketOptions): Promise<Bucket> {
  const { bucket, prefix = '', attempts = 5, idleMs = 30_000, assemblyMs = 15 * 60_000 } = options;
  const sdk = await import('@aws-sdk/client-s3');
  const config = clientConfig(options);
  const client = new sdk.S3Client({ ...config, maxAttempts: attempts, requestHandler: handler(idleMs) });
  const patient = new sdk.S3Client({
    ...config,
    maxAttempts: 1,
    requestHandler: handler(Math.max(assemblyMs, idleMs)),
  });
  const folder = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
  return new Bucket({ sdk, client, patient, name: bucket, prefix: folder, attempts, assemblyMs });
}

function handler(socketTimeout: number): { connectionTimeout: number; socketTimeout: number } {
  return { connectionTimeout: 5_000, socketTimeout };
}

function clientConfig({ endpoint, forcePathStyle, region, credentials }: S3BucketOptions): S3ClientConfig {
  return {
    // Content is verified by its digest; sums of the SDK's own would hash it once more, and not every service knows them.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // Else the SDK opens a connection for every part.
    expectContinueHeader: false,
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
