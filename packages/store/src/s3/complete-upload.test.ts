import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { digestOf } from '@lading/oci';
import { get } from '../get.ts';
import { put } from '../put.ts';
import { inChunks, sampleBytes } from '../testing/bytes-samples.ts';
import { type Fault, startS3Proxy } from '../testing/s3-proxy.ts';
import { newStoreOptions, openOne, serverForFile } from '../testing/s3-server.ts';

const server = await serverForFile();
const mib = 1 << 20;
const maxBytes = 64 * mib;
const partBytes = 5 * mib;
const data = sampleBytes(6 * mib, 20);

/** What a service says that is done, or says so. Amazon S3 API, CompleteMultipartUpload. */
const accepted = {
  status: 200,
  body: '<CompleteMultipartUploadResult><Bucket>b</Bucket><Key>k</Key><ETag>"0-2"</ETag></CompleteMultipartUploadResult>',
};
const noSuchUpload = { status: 404, body: '<Error><Code>NoSuchUpload</Code></Error>' };
const internalError = { status: 500, body: '<Error><Code>InternalError</Code></Error>' };
/** What it says first, and with a status of 200 then an error in its place. */
const failedLate = { status: 200, body: '<Error><Code>InternalError</Code></Error>' };

const unreachable = (error: unknown): boolean => isLadingError(error, 'STORE_UNREACHABLE') && error.transient;

if (server !== undefined) {
  const cases: readonly (readonly [name: string, answers: readonly Fault[], asked?: number])[] = [
    ['answers that it failed, twice, is asked again', [internalError, internalError], 3],
    ['answers well and then that it failed is asked again', [failedLate], 2],
    ['was asked, and whose answer is lost, is not asked again', ['forget'], 1],
    [
      'says that it is done, and makes the object later, is waited for',
      [{ ...accepted, arrivesAfterMs: 200 }, accepted, accepted],
    ],
    ['says that it is done when it is not is asked again', [accepted, accepted]],
    [
      'fails, is at it nevertheless, and says meanwhile that there is no such upload is waited for',
      [{ ...internalError, arrivesAfterMs: 200 }, noSuchUpload, noSuchUpload],
    ],
  ];
  for (const [name, answers, asked] of cases) {
    test(`a service that ${name}, and the object is there once the commit is acknowledged`, async (t) => {
      let requests = 0;
      const endpoint = await startS3Proxy(t, server.endpoint, ({ method, path }) => {
        if (method !== 'POST' || !path.includes('uploadId=')) return 'none';
        return answers[requests++] ?? 'none';
      });
      const store = await openOne(t, newStoreOptions(server, { partBytes, endpoint }));
      const descriptor = await put(store, data);
      assert.ok((await get(store, descriptor, { maxBytes })).equals(data));
      if (asked !== undefined) assert.equal(requests, asked);
    });
  }

  test('an object that never comes, though the service says that it is there, fails the commit, which may be made again', async (t) => {
    let lies = true;
    const endpoint = await startS3Proxy(t, server.endpoint, ({ method, path }) =>
      lies && method === 'POST' && path.includes('uploadId=') ? accepted : 'none',
    );
    const store = await openOne(t, newStoreOptions(server, { partBytes, endpoint, assemblyMs: 100 }));
    const ingest = await store.begin();
    await ingest.append(inChunks(data, mib));
    await assert.rejects(ingest.commit(), unreachable);
    assert.equal(await store.stat(digestOf(data)), undefined);
    lies = false;
    await ingest.commit();
    assert.ok((await get(store, digestOf(data), { maxBytes })).equals(data));
  });

  test('content of more parts than an object has is several objects, gone on with by another process and read across them', async (t) => {
    const long = sampleBytes(26 * mib + 1, 21);
    const endpoint = await startS3Proxy(t, server.endpoint, failFirst('POST'));
    const options = newStoreOptions(server, { partBytes, partsPerObject: 2 });
    const one = await openOne(t, { ...options, endpoint, attempts: 1 });
    const begun = await one.begin();
    await assert.rejects(begun.append(inChunks(long, mib)), unreachable);
    assert.ok(begun.offset >= 10 * mib);
    await begun.append(inChunks(long.subarray(begun.offset, 22 * mib), mib));
    const kept = begun.offset;
    await begun.suspend();
    const other = await openOne(t, options);
    const ingest = await other.begin({ resume: begun.id });
    assert.equal(ingest.offset, kept);
    await ingest.append(inChunks(long.subarray(kept), mib));
    const { digest } = await ingest.commit({ digest: digestOf(long) });
    assert.ok((await get(one, digest, { maxBytes })).equals(long));
    const range = { start: 9 * mib, end: 21 * mib };
    const read = await Array.fromAsync(await one.open(digest, { range }), (chunk) => Buffer.from(chunk));
    assert.ok(Buffer.concat(read).equals(long.subarray(range.start, range.end)));
    const objects = await readdir(join(server.folder, options.prefix ?? '', 'data', begun.id));
    assert.equal(objects.length, 3);
  });
}

/** Refuses the first completion of an upload. */
function failFirst(wanted: string): (request: { readonly method: string; readonly path: string }) => Fault {
  let failed = false;
  return ({ method, path }) => {
    if (failed || method !== wanted || !path.includes('uploadId=')) return 'none';
    failed = true;
    return 'refuse';
  };
}
