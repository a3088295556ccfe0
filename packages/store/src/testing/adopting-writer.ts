/**
 * A program for tests: writes content into a store, one step for each line on stdin: `begin` (or adopt), `half` of what is missing, `commit`.
 * After each step the offset is a line on stdout. Arguments: the store's folder, the size and the seed of the content.
 */
import { createInterface } from 'node:readline';
import { digestOf } from '@lading/oci';
import type { Ingest } from '../content-store.ts';
import { openDirectoryStore } from '../directory/directory-store.ts';
import { inChunks, sampleBytes } from './bytes-samples.ts';

const [folder = '', size = '', seed = ''] = process.argv.slice(2);
const data = sampleBytes(Number(size), Number(seed));
const expected = { digest: digestOf(data), size: data.length };
const store = await openDirectoryStore(folder);
let ingest: Ingest | undefined;
process.stdout.write('ready\n');
for await (const step of createInterface(process.stdin)) {
  ingest ??= await store.begin({ expected, adopt: true });
  const { offset } = ingest;
  if (step === 'half')
    await ingest.append(inChunks(data.subarray(offset, offset + (data.length - offset) / 2), 1 << 16));
  if (step === 'commit') {
    await ingest.append(inChunks(data.subarray(offset), 1 << 16));
    await ingest.commit();
  }
  process.stdout.write(`${ingest.offset}\n`);
}
