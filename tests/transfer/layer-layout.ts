import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Descriptor, hexOf, parseManifest } from '@lading/oci';
import { writeSampleLayout } from '../../scripts/bench/sample-layout.ts';

/** Writes an OCI layout with an image of one layer of so many incompressible bytes, tagged `bench`. */
export async function writeLayerLayout(
  folder: string,
  bytes: number,
): Promise<{ readonly image: Descriptor; readonly layer: Descriptor }> {
  const image = await writeSampleLayout(folder, [bytes]);
  const document = parseManifest(await readFile(join(folder, 'blobs/sha256', hexOf(image.digest))), image.mediaType);
  const [layer] = document.kind === 'manifest' ? document.value.layers : [];
  if (layer === undefined) throw new Error('the sample has no layer');
  return { image, layer };
}
