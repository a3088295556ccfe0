export type { CollectOptions } from './collect-blobs.ts';
export type { S3BucketOptions, S3Credentials } from './open-bucket.ts';
export { openS3Store, type S3Store, type S3StoreOptions } from './open-s3-store.ts';
export { openS3Journal } from './s3-journal.ts';
