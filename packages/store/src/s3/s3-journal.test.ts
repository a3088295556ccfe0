import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyDescriptor } from '@lading/oci';
import { isLongRun } from '@lading/testkit';
import { put } from '../put.ts';
import { journalContract } from '../testing/journal-contract.ts';
import { newStoreOptions, openOne, serverForFile } from '../testing/s3-server.ts';
import { openS3Journal } from './s3-journal.ts';

const server = await serverForFile();

if (server !== undefined) {
  journalContract('S3 journal', async (t) => {
    const options = newStoreOptions(server);
    return {
      async open() {
        const journal = await openS3Journal(options);
        t.after(() => journal.close());
        return journal;
      },
    };
  });

  test('an S3 journal has more batches than one listing', async (t) => {
    if (!isLongRun(t)) return;
    const journal = await openS3Journal(newStoreOptions(server));
    t.after(() => journal.close());
    const numbers = Array.from({ length: 1030 }, (_, i) => i + 1);
    await Promise.all(numbers.map((first) => journal.append({ first, bytes: Buffer.from(`${first}`) })));
    const read = await Array.fromAsync(journal.read(5));
    assert.deepEqual(
      read.map(({ first, bytes }) => [first, Buffer.from(bytes).toString()]),
      numbers.slice(4).map((first) => [first, `${first}`]),
    );
  });

  test('presign() gives a URL at which anybody reads the content, whole or in ranges, for a while', async (t) => {
    const store = await openOne(t, newStoreOptions(server));
    const small = await put(store, Buffer.from('{}'), emptyDescriptor);
    const ingest = await store.begin();
    const data = Buffer.alloc(9 << 20, 'x');
    await ingest.append(
      (async function* () {
        yield data;
      })(),
    );
    const large = await ingest.commit();
    for (const { digest, size } of [small, large]) {
      const url = await store.presign?.(digest, 60_000);
      const whole = await fetch(url ?? '');
      assert.deepEqual([whole.status, (await whole.arrayBuffer()).byteLength], [200, size]);
      const range = await fetch(url ?? '', { headers: { range: 'bytes=1-1' } });
      assert.deepEqual([range.status, (await range.arrayBuffer()).byteLength], [206, 1]);
    }
    const absent = `sha256:${'0'.repeat(64)}` as typeof small.digest;
    assert.equal(await store.presign?.(absent, 60_000), undefined);
    const short = await store.presign?.(small.digest, 1000);
    await new Promise((resolve) => setTimeout(resolve, 2100));
    assert.equal((await fetch(short ?? '')).status, 403);
  });
}
