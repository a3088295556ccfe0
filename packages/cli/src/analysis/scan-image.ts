import { join } from 'node:path';
import type { Image, Layer } from '@lading/image';
import type { Digest } from '@lading/oci';
import type { Context } from '../context.ts';
import { shortDigest } from '../table.ts';
import { type LayerScan, scanLayer } from './layer-scan.ts';
import { openScanCache } from './scan-cache.ts';

/** The scans of an image's layers, from the lowest up. A layer that was ever scanned on this machine is not read again. */
export async function scanImage(context: Context, image: Image): Promise<LayerScan[]> {
  const cache = openScanCache(join(await context.homeFolder(), 'cache', 'layers'));
  const scans = new Map<Digest, LayerScan>();
  for (const layer of image.layers) {
    if (scans.has(layer.diffId)) continue;
    const found = await cache.find(layer.diffId);
    const scan = found ?? (await scanWithProgress(context, layer));
    if (found === undefined) await cache.keep(scan);
    scans.set(layer.diffId, scan);
  }
  return image.layers.map(({ diffId }) => scans.get(diffId)!);
}

async function scanWithProgress({ signal, progress }: Context, layer: Layer): Promise<LayerScan> {
  const label = `reading ${shortDigest(layer.diffId)}`;
  try {
    return await scanLayer(layer, { signal, onBytes: (bytes) => progress.update(layer.diffId, label, bytes) });
  } finally {
    progress.finish(layer.diffId);
  }
}
