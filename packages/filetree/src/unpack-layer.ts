import { mkdirSync, readdirSync, realpathSync } from 'node:fs';
import type { Bytes } from '@lading/bytes';
import { isWhiteoutMetadata, parseWhiteout, readTar } from '@lading/tar';
import { LayerUnpacker } from './internal/layer-unpacker.ts';
import { unpackFailed } from './internal/unpack-failed.ts';
import type { UnpackLayerOptions } from './unpack-layer-options.ts';

/**
 * Unpacks a layer's uncompressed tar into a folder, which is made if need be. Modes, times, hard links, owners, extended
 * attributes (`isLayerXattr`) and devices are kept as far as the process may.
 *
 * Nothing outside the folder is touched, whatever the archive says: links in it are resolved inside. The folder must not be
 * changed by anyone else meanwhile. On failure it holds a part of the layer and should be removed. Devices and attributes need
 * GNU tar (RUNTIME_UNAVAILABLE), and only then; real devices are left out where the kernel denies them: in user namespaces.
 *
 * Throws what `readTar` throws, TAR_INVALID for a hard link to nothing or an entry below links in circles, UNPACK_FAILED when the disk refuses.
 */
export async function unpackLayer(tar: Bytes, directory: string, options: UnpackLayerOptions): Promise<void> {
  let root: string;
  let fresh: boolean;
  try {
    mkdirSync(directory, { recursive: true });
    root = realpathSync(directory);
    fresh = readdirSync(root).length === 0;
  } catch (error) {
    throw unpackFailed('', error);
  }
  const unpacker = new LayerUnpacker(root, fresh, options);
  for await (const entry of readTar(tar, options)) {
    if (options.whiteouts !== 'keep') {
      if (isWhiteoutMetadata(entry.path)) continue;
      const whiteout = parseWhiteout(entry.path);
      if (whiteout !== undefined) {
        unpacker.hide(whiteout);
        continue;
      }
    }
    await unpacker.add(entry);
  }
  await unpacker.finish();
}
