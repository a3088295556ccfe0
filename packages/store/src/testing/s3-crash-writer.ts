/**
 * A program for tests: writes content into an S3 store, slowly enough to be killed on the way, and tells on stdout from where it goes on
 * and when it is done. Arguments: the options of the store without credentials as JSON, the size, the seed. Credentials: the environment's.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { digestOf } from '@lading/oci';
import { openS3Store } from '../s3/index.ts';
import { inChunks, sampleBytes } from './bytes-samples.ts';

const [options = '', size = '', seed = ''] = process.argv.slice(2);
const data = sampleBytes(Number(size), Number(seed));
const store = await openS3Store(JSON.parse(options));
const ingest = await store.begin({ expected: { digest: digestOf(data), size: data.length }, adopt: true });
process.stdout.write(`${ingest.offset}\n`);

async function* slowly() {
  for await (const chunk of inChunks(data.subarray(ingest.offset), 1 << 19)) {
    yield chunk;
    await sleep(4);
  }
}
await ingest.append(slowly());
await ingest.commit();
process.stdout.write('committed\n');
await store.close();
