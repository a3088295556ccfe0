// Pushes one file, slowly enough to be killed: push-worker.ts HOST JOURNAL FILE DIGEST SIZE. Says from where it goes on.
import { setTimeout as sleep } from 'node:timers/promises';
import { fromFile } from '@lading/bytes';
import { isLadingError } from '@lading/errors';
import { parseDigest } from '@lading/oci';
import { anonymous, createUploadJournal, openRegistry } from '../index.ts';

const [host = '', folder = '', file = '', digest = '', size = ''] = process.argv.slice(2);
const expected = { digest: parseDigest(digest), size: Number(size) };
const registry = openRegistry({ registry: host, credentials: anonymous, uploads: createUploadJournal(folder) });

async function* slowly(start: number): AsyncGenerator<Uint8Array> {
  for await (const chunk of fromFile(file, { range: { start } })) {
    yield chunk;
    await sleep(10);
  }
}

const { content } = registry.repository('app');
for (let attempt = 0; ; attempt++) {
  try {
    const ingest = await content.begin({ expected, adopt: true });
    console.log(`from ${ingest.offset}`);
    for (; ; attempt++) {
      try {
        if (ingest.offset < expected.size) await ingest.append(slowly(ingest.offset));
        await ingest.commit();
        break;
      } catch (error) {
        if (!isLadingError(error) || !error.transient || attempt > 30) throw error;
        await sleep(100);
        console.log(`again from ${ingest.offset}`);
      }
    }
    break;
  } catch (error) {
    if (!isLadingError(error) || !error.transient || attempt > 30) throw error;
    await sleep(100);
  }
}
await registry.close();
