export type { CollectOptions } from './collect-blobs.ts';
export { openS3Store, type S3Credentials, type S3Store, type S3StoreOptions } from './open-s3-store.ts';
