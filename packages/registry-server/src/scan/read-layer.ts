import { createSecretScanner, factsVersion, readLayerFacts } from '@lading/contents';
import { isLadingError } from '@lading/errors';
import type { Digest } from '@lading/oci';
import { openRegistryFacts } from './registry-facts.ts';
import { scanFolder } from './scan-folder.ts';
import type { ScanParts } from './scan-parts.ts';

/** As many as tell a compressed or plain tar from everything else. */
const startBytes = 263;

/**
 * Learns what a blob holds that just came, if it is a layer, before any manifest names it. False when it is none, or was known. What is wrong
 * with it is told when an image has it.
 */
export async function readLayer(
  parts: ScanParts,
  digest: Digest,
  { signal }: { readonly signal: AbortSignal },
): Promise<boolean> {
  const { content, config } = parts;
  const store = openRegistryFacts(parts);
  const known = await store.findLayer(digest, factsVersion);
  if (known !== undefined && (!config.scan.secrets || known.secrets !== undefined)) return false;
  try {
    if (!isArchive(await startOf(content, digest, signal))) return false;
    const facts = await readLayerFacts(
      { descriptor: { digest }, open: (io = {}) => content.open(digest, io) },
      {
        signal,
        spoolFolder: await scanFolder(content),
        ...(config.scan.secrets ? { secretScanner: createSecretScanner } : {}),
      },
    );
    await store.keepLayer(facts);
    return true;
  } catch (error) {
    if (!isLadingError(error) || error.code === 'INTERRUPTED') throw error;
    return false;
  }
}

async function startOf(content: ScanParts['content'], digest: Digest, signal: AbortSignal): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of await content.open(digest, { range: { start: 0, end: startBytes - 1 }, signal })) {
    parts.push(Uint8Array.from(chunk));
    length += chunk.length;
    if (length >= startBytes) break;
  }
  return Buffer.concat(parts);
}

/** gzip (RFC 1952 §2.3.1), Zstandard (RFC 8878 §3.1.1, also skippable frames), or tar (POSIX.1 ustar). */
function isArchive(start: Buffer): boolean {
  if (start.length < 4) return false;
  const magic = start.readUInt32LE(0);
  const isCompressed = (magic & 0xffff) === 0x8b1f || magic === 0xfd2fb528 || (magic & 0xfffffff0) === 0x184d2a50;
  return isCompressed || start.toString('latin1', 257, 262) === 'ustar';
}
