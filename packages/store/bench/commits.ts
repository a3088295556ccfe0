import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromBuffer } from '@lading/bytes';
import { digestOf } from '@lading/oci';
import { type DirectoryStore, openDirectoryStore } from '@lading/store';

export interface CommitsOptions {
  /** Of each measurement. */
  readonly blobs?: number;
  readonly blobBytes?: number;
  readonly rounds?: number;
}

/** Durable writes of small blobs: begin, append, commit. */
export interface CommitsRow {
  /** `known`: digest and size are stated beforehand, as in a pull. `unknown`: at commit, as in an upload to a registry. */
  readonly digest: 'known' | 'unknown';
  readonly atOnce: number;
  /** Median of the rounds. */
  readonly perSecond: number;
  /** Milliseconds of CPU time for one, user and system, in that round. */
  readonly cpuMs: number;
}

type Case = Pick<CommitsRow, 'digest' | 'atOnce'>;

const cases: readonly Case[] = (['known', 'unknown'] as const).flatMap((digest) =>
  [1, 16].map((atOnce) => ({ digest, atOnce })),
);

/** Rounds are interleaved, so that load of the machine hits all alike. The store lies in the temporary folder. */
export async function measureCommits(options: CommitsOptions = {}): Promise<readonly CommitsRow[]> {
  const { blobs = 1000, blobBytes = 10_000, rounds = 5 } = options;
  const folder = await mkdtemp(join(tmpdir(), 'lading-commits-'));
  try {
    const measured = cases.map((): Pick<CommitsRow, 'perSecond' | 'cpuMs'>[] => []);
    for (let round = 0; round <= rounds; round++) {
      for (const [at, one] of cases.entries()) {
        const store = await openDirectoryStore(join(folder, `${round}-${at}`));
        const row = await commits(store, one, blobs, blobBytes);
        // The first round warms up.
        if (round > 0) measured[at]?.push(row);
      }
    }
    return cases.map((one, at) => ({ ...one, ...median(measured[at] ?? []) }));
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function commits(
  store: DirectoryStore,
  { digest, atOnce }: Case,
  count: number,
  size: number,
): Promise<Pick<CommitsRow, 'perSecond' | 'cpuMs'>> {
  const contents = Array.from({ length: count }, () => randomBytes(size));
  const digests = contents.map((content) => digestOf(content));
  const writer = async (): Promise<void> => {
    for (let content = contents.pop(); content !== undefined; content = contents.pop()) {
      const expected = { digest: digests[contents.length]!, size };
      const ingest = await store.begin(digest === 'known' ? { expected, adopt: true } : {});
      await ingest.append(fromBuffer(content));
      await ingest.commit(expected);
    }
  };
  const [began, usedBefore] = [performance.now(), process.cpuUsage()];
  await Promise.all(Array.from({ length: atOnce }, writer));
  const { user, system } = process.cpuUsage(usedBefore);
  return {
    perSecond: count / ((performance.now() - began) / 1000),
    cpuMs: (user + system) / 1000 / count,
  };
}

function median(rows: readonly Pick<CommitsRow, 'perSecond' | 'cpuMs'>[]): Pick<CommitsRow, 'perSecond' | 'cpuMs'> {
  return [...rows].sort((one, two) => one.perSecond - two.perSecond)[rows.length >> 1]!;
}

if (import.meta.main) {
  for (const { digest, atOnce, perSecond, cpuMs } of await measureCommits()) {
    const what = `digest ${digest}, ${atOnce} at once`.padEnd(28);
    console.log(`${what}${perSecond.toFixed(0).padStart(7)} commits/s${cpuMs.toFixed(2).padStart(8)} ms CPU each`);
  }
}
