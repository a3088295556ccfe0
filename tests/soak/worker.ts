/** One process of the soak. Arguments: the soak's folder, its number, the seed of the contents, the seed of what it does. Runs from the line `ready` until SIGTERM. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type DirectoryStore, get, type Lease, openDirectoryStore } from '@lading/store';
import { createRandom } from '../crash/random.ts';
import { type Content, soakContents } from './contents.ts';
import { Ledger, now } from './ledger.ts';
import { Tags } from './tags.ts';

const [folder = '', number = '', contentsSeed = '', seed = ''] = process.argv.slice(2);
const owner = Number(number);
const slots = 4;
const leaseMs = 60_000;

const random = createRandom(Number(seed));
const contents = soakContents(Number(contentsSeed));
const store: DirectoryStore = await openDirectoryStore(join(folder, 'store'));
const tags = new Tags(join(folder, 'tags'));
const ledger = new Ledger(join(folder, 'ledgers'), owner);

let running = true;
process.on('SIGTERM', () => {
  running = false;
});

/** Brings content, refers to it, and lets go of it: what every pull, push and build does. */
async function publish(): Promise<void> {
  const content = random.pick(contents);
  const slot = random.below(slots);
  await leased(content, async () => {
    if ((await store.stat(content.digest)) === undefined) await write(content);
    await tags.set(owner, slot, content.digest);
    ledger.add({ kind: 'tag' });
  });
}

async function write(content: Content): Promise<void> {
  const { digest, size } = content;
  const from = now();
  const ingest = await store.begin({ expected: { digest, size }, adopt: true });
  if (ingest.offset > 0) ledger.add({ kind: 'adopted', bytes: ingest.offset });
  const bytes = content.bytes();
  // Some are left for the next one.
  const end = random.chance(0.2) ? ingest.offset + random.below(size - ingest.offset + 1) : size;
  await ingest.append(inChunks(bytes.subarray(ingest.offset, end)));
  if (end < size) {
    await ingest.suspend();
    return write(content);
  }
  await ingest.commit();
  ledger.add({ kind: 'commit', digest, from, to: now() });
}

async function* inChunks(bytes: Buffer): AsyncGenerator<Buffer, void, undefined> {
  for (let at = 0; at < bytes.length; at += 100_000) yield Buffer.from(bytes.subarray(at, at + 100_000));
}

/** Content is the same file from the time the lease was taken until it is given back. */
async function leased(content: Content, work: (lease: Lease) => Promise<void>): Promise<void> {
  const { digest } = content;
  const lease = await store.lease(digest, leaseMs);
  const from = now();
  const before = await store.stat(digest);
  await work(lease);
  if (before !== undefined) {
    if ((await store.stat(digest)) === undefined) violation(`${digest} went while it was leased`);
    ledger.add({ kind: 'lease', digest, from, to: now() });
  }
  await lease.release();
}

async function hold(): Promise<void> {
  const content = random.pick(contents);
  await leased(content, async (lease) => {
    if ((await store.stat(content.digest)) === undefined) return;
    for (let turn = random.below(4); turn >= 0; turn--) {
      await read(content, 'it was leased');
      if (random.chance(0.5)) await lease.renew(leaseMs);
      await sleep(random.below(20));
    }
  });
}

/** What this process refers to nobody may take. */
async function readTagged(): Promise<void> {
  for (const digest of (await tags.of(owner)).values()) {
    await read(contents.find((content) => content.digest === digest)!, 'it was tagged');
  }
}

async function read(content: Content, why: string): Promise<void> {
  try {
    const bytes = await get(store, content.digest, { maxBytes: content.size });
    if (!bytes.equals(content.bytes())) violation(`${content.digest} has other bytes`);
    ledger.add({ kind: 'read' });
  } catch (error) {
    violation(`${content.digest} cannot be read though ${why}: ${String(error)}`);
  }
}

async function untag(): Promise<void> {
  await tags.remove(owner, random.below(slots));
  ledger.add({ kind: 'untag' });
}

/** Everything that nothing refers to. What is tagged and let go of between this look and the sweep, `keep` sees. */
async function collect(): Promise<void> {
  const olderThanMs = random.pick([0, 0, 20, 200]);
  const tagged = await tags.all();
  const candidates = contents.map((content) => content.digest).filter((digest) => !tagged.has(digest));
  const from = now();
  const keep = async (digest: (typeof candidates)[number]): Promise<boolean> => (await tags.all()).has(digest);
  for await (const { digest, createdAt } of store.collect(candidates, { olderThanMs, keep })) {
    const tooYoung = Date.now() - createdAt!.getTime() < olderThanMs;
    ledger.add({ kind: 'removed', digest, from, to: now(), tooYoung });
  }
  if (random.chance(0.2)) await store.collectIngests(1000);
}

function violation(what: string): void {
  ledger.add({ kind: 'violation', what });
}

const deeds = [publish, publish, publish, publish, hold, hold, readTagged, readTagged, untag, untag, collect, collect];
process.stdout.write('ready\n');
while (running) await random.pick(deeds)();
