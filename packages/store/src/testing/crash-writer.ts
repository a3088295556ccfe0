/**
 * A program for the crash test: writes content into a store, slowly enough to be killed on the way, and tells on stdout how far it is.
 * Arguments: the store's folder, the size, the seed, and optionally the id of an ingest to resume.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { openDirectoryStore } from '../directory/directory-store.ts';
import { inChunks, sampleBytes } from './bytes-samples.ts';

const [folder = '', size = '', seed = '', resume] = process.argv.slice(2);
const data = sampleBytes(Number(size), Number(seed));
const store = await openDirectoryStore(folder);
const ingest = await store.begin(resume === undefined ? {} : { resume });
process.stdout.write(`${ingest.id}\n`);

async function* slowly() {
  for await (const chunk of inChunks(data.subarray(ingest.offset), 1 << 18)) {
    yield chunk;
    process.stdout.write('.');
    await sleep(2);
  }
}
await ingest.append(slowly());
await ingest.commit();
process.stdout.write('committed\n');
