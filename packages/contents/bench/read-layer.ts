import { stat } from 'node:fs/promises';
import { type Bytes, decompress, fromFile } from '@lading/bytes';
import type { Layer } from '@lading/image';
import { type Digest, mediaTypes } from '@lading/oci';
import { readTar } from '@lading/tar';
import { readLayerFacts } from '../src/layers/read-layer-facts.ts';
import { createSecretScanner } from '../src/secrets/create-secret-scanner.ts';

/** What each stage of reading a layer costs. Run: node packages/contents/bench/read-layer.ts LAYER.tar.gz */
const [path = ''] = process.argv.slice(2);
const { size } = await stat(path);
const digest = `sha256:${'0'.repeat(64)}` as Digest; // nobody verifies it here

function layer(): Layer {
  const open = async (): Promise<Bytes> => fromFile(path);
  return { descriptor: { mediaType: mediaTypes.ociLayerGzip, digest, size }, diffId: digest, open, uncompressed: open };
}

async function unpacked(): Promise<number> {
  let bytes = 0;
  for await (const chunk of decompress(fromFile(path))) bytes += chunk.length;
  return bytes;
}

async function entries(): Promise<number> {
  let count = 0;
  for await (const _ of readTar(decompress(fromFile(path)))) count += 1;
  return count;
}

async function packages(secretScanner?: typeof createSecretScanner): Promise<string> {
  const facts = await readLayerFacts(layer(), { secretScanner });
  return `${facts.packages.length} packages, ${facts.secrets?.length ?? 'no'} secrets, ${facts.paths.length} bytes of paths`;
}

const stages: Readonly<Record<string, () => Promise<number | string>>> = {
  decompress: unpacked,
  tar: entries,
  catalogers: () => packages(),
  secrets: () => packages(createSecretScanner),
};

const bytes = await unpacked();
for (const [name, run] of Object.entries(stages)) {
  const before = process.cpuUsage();
  const start = performance.now();
  const result = await run();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  const rss = Math.round(process.resourceUsage().maxRSS / 1024);
  console.log(
    `${name}: ${Math.round(bytes / 1e6 / seconds)} MB/s, ${seconds.toFixed(2)} s, CPU ${((user + system) / 1e6).toFixed(2)} s, at most ${rss} MB so far (${result})`,
  );
}
