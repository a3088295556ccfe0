import { fromBuffer } from '@lading/bytes';
import { layerOf, openImage, writeImage, writeLayer } from '@lading/image';
import { createMemoryRepository } from '@lading/store';
import { type TarEntryInput, writeTar } from '@lading/tar';
import { scanLayer } from '../analysis/layer-scan.ts';
import { type ExploredImage, exploredImage } from '../explore/explored-image.ts';

const plain = { uid: 0, gid: 0, size: 0, mtime: 0 } as const;

export function sampleFile(path: string, text = '', more: Partial<TarEntryInput> = {}): TarEntryInput {
  const content = Buffer.from(text);
  return { ...plain, type: 'file', mode: 0o644, path, size: content.length, content: fromBuffer(content), ...more };
}

export function sampleDirectory(path: string): TarEntryInput {
  return { ...plain, type: 'directory', mode: 0o755, path };
}

/** An image as the explorer sees it, of layers made from these entries. */
export async function exploredSample(
  layers: readonly { readonly instruction: string; readonly entries: readonly TarEntryInput[] }[],
): Promise<ExploredImage> {
  const repository = createMemoryRepository('sample');
  const written = [];
  for (const { entries } of layers) written.push(await writeLayer(repository, writeTar(entries)));
  const descriptor = await writeImage(repository, {
    layers: written.map((layer) => layer.descriptor),
    config: {
      os: 'linux',
      architecture: 'amd64',
      rootfs: { type: 'layers', diff_ids: written.map(({ diffId }) => diffId) },
      history: layers.map(({ instruction }) => ({ created_by: instruction })),
    },
  });
  const image = await openImage(repository, descriptor, { platform: { os: 'linux', architecture: 'amd64' } });
  const scans = [];
  for (const layer of written) {
    scans.push(await scanLayer(layerOf(repository.content, layer.descriptor, layer.diffId)));
  }
  return exploredImage(image, scans, { name: 'sample:1', platform: 'linux/amd64' });
}
