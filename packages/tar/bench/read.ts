import { writeTar } from '../src/index.ts';
import { readTar } from '../src/read.ts';

/** Reads and writes archives made in memory. Run: node packages/tar/bench/read.ts */
const chunk = new Uint8Array(256 << 10).fill(7);

async function* chunks(bytes: Uint8Array, size = 256 << 10): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function archive(files: number, size: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  const entries = Array.from({ length: files }, (_, index) => ({
    path: `usr/share/package-${index % 100}/file-${index}`,
    type: 'file' as const,
    mode: 0o644,
    uid: 0,
    gid: 0,
    size,
    mtime: 1_700_000_000,
    content: (async function* () {
      for (let left = size; left > 0; left -= chunk.length) yield chunk.subarray(0, Math.min(left, chunk.length));
    })(),
  }));
  for await (const part of writeTar(entries)) parts.push(Uint8Array.prototype.slice.call(part));
  return Buffer.concat(parts);
}

async function measure(name: string, run: () => Promise<number>): Promise<void> {
  const seconds: number[] = [];
  let amount = 0;
  for (let round = 0; round < 5; round += 1) {
    const start = performance.now();
    amount = await run();
    seconds.push((performance.now() - start) / 1000);
  }
  seconds.sort((a, b) => a - b);
  const [low, median, high] = [seconds[0]!, seconds[2]!, seconds[4]!];
  const rate = Math.round(amount / median).toLocaleString('en');
  console.log(`${name}: ${rate}/s (median of 5; ${Math.round(amount / high)}–${Math.round(amount / low)})`);
}

async function readAll(data: Buffer): Promise<{ entries: number; bytes: number }> {
  let entries = 0;
  let bytes = 0;
  for await (const entry of readTar(chunks(data))) {
    entries += 1;
    for await (const part of entry.content) bytes += part.length;
  }
  return { entries, bytes };
}

const large = await archive(8, 64 << 20);
const small = await archive(50_000, 700);
await measure('read 8 × 64 MiB, MB', async () => (await readAll(large)).bytes / 1e6);
await measure('read 50,000 × 700 B, entries', async () => (await readAll(small)).entries);
await measure('write 8 × 64 MiB, MB', async () => (await archive(8, 64 << 20)).length / 1e6);
await measure('write 50,000 × 700 B, entries', async () => {
  await archive(50_000, 700);
  return 50_000;
});
