import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { collect, fromBuffer } from '@lading/bytes';
import { type TarEntryInput, writeTar } from '@lading/tar';
import { readLayer, scanLayer, union, unpackLayer } from '../src/index.ts';

/** Unpacks, scans and unites layers made in memory. Run: node packages/filetree/bench/unpack.ts */
const block = Buffer.alloc(1 << 20, 'lading ');

function* entries(files: number, size: number): Generator<TarEntryInput> {
  const common = { mode: 0o644, uid: 0, gid: 0, mtime: 1_700_000_000 };
  for (let at = 0; at < files; at += 1) {
    const path = `usr/share/package-${at % 500}/part-${at % 7}/file-${at}`;
    yield { ...common, path, type: 'file', size, content: content(size) };
  }
}

async function* content(size: number): AsyncGenerator<Uint8Array> {
  for (let left = size; left > 0; left -= block.length) yield block.subarray(0, Math.min(left, block.length));
}

async function measure(
  name: string,
  amount: number,
  run: () => Promise<unknown>,
  prepare: () => Promise<unknown> = async () => {},
): Promise<void> {
  const rates: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    await prepare();
    const start = performance.now();
    await run();
    rates.push((amount / (performance.now() - start)) * 1000);
  }
  rates.sort((a, b) => a - b);
  const show = (rate: number | undefined): string => Math.round(rate ?? 0).toLocaleString('en');
  console.log(`${name}: ${show(rates[2])}/s (median of 5; ${show(rates[0])}–${show(rates[4])})`);
}

const folder = await mkdtemp(join(tmpdir(), 'lading-bench-'));
try {
  const options = { whiteouts: 'overlay', owners: 'ignore' } as const;
  const pack = (files: number, size: number): Promise<Buffer> =>
    collect(writeTar(entries(files, size)), { maxBytes: 2 ** 31, what: 'a layer' });
  const small = await pack(20_000, 4000);
  const large = await pack(16, 16 << 20);
  let target = '';
  let round = 0;
  // Always a new folder, removed in the end: ext4 spends seconds making files where as many were just deleted.
  const fresh = async (): Promise<void> => {
    target = join(folder, String(round++));
  };
  const unpack = (layer: Uint8Array) => (): Promise<void> => unpackLayer(fromBuffer(layer), target, options);
  await measure('unpack 16 × 16 MiB, MB', large.length / 1e6, unpack(large), fresh);
  await measure('scan 16 × 16 MiB, MB', large.length / 1e6, async () => {
    for await (const _ of writeTar(scanLayer(target, { epoch: 0, overlay: true })));
  });
  await measure('unpack 20,000 × 4 kB, files', 20_000, unpack(small), fresh);
  await measure('scan 20,000 × 4 kB, files', 20_000, async () => {
    for await (const _ of writeTar(scanLayer(target, { epoch: 0, overlay: true })));
  });
  const many = await pack(200_000, 0);
  const before = process.memoryUsage().heapUsed;
  const layer = await readLayer(fromBuffer(many));
  const tree = union([layer]);
  const bytes = process.memoryUsage().heapUsed - before;
  console.log(`tree of ${tree.size} nodes with its layer: ${Math.round(bytes / tree.size)} bytes each`);
  await measure('readLayer of 200,000 entries, entries', 200_000, () => readLayer(fromBuffer(many)));
  await measure('union of 5 × 200,000 entries, entries', 1_000_000, async () =>
    union([layer, layer, layer, layer, layer]),
  );
  await measure('walk, nodes', tree.size, async () => [...tree.walk()].length);
} finally {
  await rm(folder, { recursive: true, force: true });
}
