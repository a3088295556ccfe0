import { randomUUID } from 'node:crypto';
import { after, type TestContext, test } from 'node:test';
import { Secret } from '@lading/errors';
import { findS3Server, runS3Server, type S3Server, s3ServerReason, skipUnless } from '@lading/testkit';
import { openS3Store, type S3Store, type S3StoreOptions } from '../s3/index.ts';

/** One S3 server for the tests of a file, started now and stopped after them. Undefined, and a skipped test that says why, without one. */
export async function serverForFile(): Promise<S3Server | undefined> {
  const program = findS3Server();
  if (program === undefined) {
    test('store/s3 against a real server', (t) => void skipUnless(t, false, s3ServerReason));
    return undefined;
  }
  const server = await runS3Server(program);
  after(() => server.stop());
  return server;
}

/** Options for stores of a prefix of its own: pass the same ones to open several stores on one content. */
export function newStoreOptions(server: S3Server, more: Partial<S3StoreOptions> = {}): S3StoreOptions {
  return {
    endpoint: server.endpoint,
    region: server.region,
    bucket: server.bucket,
    prefix: randomUUID(),
    credentials: { accessKeyId: server.accessKeyId, secretAccessKey: new Secret(server.secretAccessKey) },
    ...more,
  };
}

/** So many stores over the same content, as in several processes; closed when the test ends. */
export async function openReplicas(t: TestContext, options: S3StoreOptions, count: number): Promise<S3Store[]> {
  const stores = await Promise.all(Array.from({ length: count }, () => openS3Store(options)));
  t.after(() => Promise.all(stores.map((store) => store.close())));
  return stores;
}

export async function openOne(t: TestContext, options: S3StoreOptions): Promise<S3Store> {
  const store = await openS3Store(options);
  t.after(() => store.close());
  return store;
}
