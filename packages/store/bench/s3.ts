/**
 * What store/s3 does to content of three shapes against a real S3 server on this machine, and the memory it takes for it.
 * `node packages/store/bench/s3.ts [rounds]`; each figure is the median.
 */
import { randomBytes } from 'node:crypto';
import { drain } from '@lading/bytes';
import { Secret } from '@lading/errors';
import { type Descriptor, type Digest, Digester } from '@lading/oci';
import { put } from '@lading/store';
import { openS3Store } from '@lading/store/s3';
import { findS3Server, runS3Server, s3ServerReason } from '@lading/testkit';

const rounds = Number(process.argv[2] ?? 3);
const program = findS3Server();
if (program === undefined) throw new Error(`The benchmark needs ${s3ServerReason}`);
const server = await runS3Server(program);
const mib = 1 << 20;
const noise = randomBytes(mib);

/** Content that differs by its seed and is never in memory as a whole. */
async function* content(bytes: number, seed: number): AsyncGenerator<Uint8Array, void, undefined> {
  const chunk = Buffer.from(noise.subarray(0, bytes));
  for (let at = 0; at < bytes; at += chunk.length) {
    chunk.writeDoubleLE(seed + at, 0);
    yield chunk.subarray(0, Math.min(chunk.length, bytes - at));
  }
}

async function inParallel<T>(items: readonly T[], count: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  await Promise.all(
    Array.from({ length: count }, async () => {
      for (const item of queue) await work(item);
    }),
  );
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

const median = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0;

try {
  for (const { count, bytes, atOnce } of [
    { count: 1, bytes: 500 * mib, atOnce: 1 },
    { count: 20, bytes: 10 * mib, atOnce: 4 },
    { count: 2000, bytes: 10_000, atOnce: 16 },
  ]) {
    const before = process.cpuUsage();
    const times = { put: [] as number[], get: [] as number[], cold: [] as number[] };
    for (let round = 0; round < rounds; round++) {
      const options = {
        endpoint: server.endpoint,
        bucket: server.bucket,
        prefix: `${count}-${round}`,
        credentials: { accessKeyId: server.accessKeyId, secretAccessKey: new Secret(server.secretAccessKey) },
      };
      const store = await openS3Store(options);
      const other = await openS3Store(options);
      const seeds = Array.from({ length: count }, (_, index) => round * 1e6 + index);
      const known = new Map<number, Digest>();
      for (const seed of seeds) known.set(seed, await digestOfContent(bytes, seed));
      const stored: Descriptor[] = [];
      times.put.push(
        await seconds(() =>
          inParallel(seeds, atOnce, async (seed) => {
            stored.push(await put(store, content(bytes, seed), { digest: known.get(seed)!, size: bytes }));
          }),
        ),
      );
      for (const [name, reader] of [
        ['get', store],
        ['cold', other],
      ] as const) {
        times[name].push(
          await seconds(() =>
            inParallel(stored, atOnce, async (descriptor) => {
              await drain(await reader.open(descriptor));
            }),
          ),
        );
      }
      for (const { digest } of stored) await store.delete(digest);
      await Promise.all([store.close(), other.close()]);
    }
    const line = Object.entries(times).map(([name, all]) => {
      const time = median(all);
      return `${name} ${time.toFixed(2)} s = ${((count * bytes) / mib / time).toFixed(0)} MiB/s, ${(count / time).toFixed(0)}/s`;
    });
    const { user, system } = process.cpuUsage(before);
    const cpu = (user + system) / 1e6 / rounds;
    const { maxRSS } = process.resourceUsage();
    console.log(
      `${count} × ${bytes} bytes: ${line.join('; ')}; ${cpu.toFixed(1)} s of CPU in a round; peak memory so far ${(maxRSS / 1024).toFixed(0)} MiB`,
    );
  }
} finally {
  await server.stop();
}

async function digestOfContent(bytes: number, seed: number): Promise<Digest> {
  const digester = new Digester();
  for await (const chunk of content(bytes, seed)) digester.update(chunk);
  return digester.digest();
}
