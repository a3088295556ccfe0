import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { copy, openArchive } from '@lading/image';
import type { Digest } from '@lading/oci';
import { openOciLayout } from '@lading/store';

/** The base of the corpus as an OCI layout, under the tag `latest`: what every builder can read. */
export interface BaseLayout {
  readonly layout: string;
  readonly digest: Digest;
}

export async function writeBaseLayout(alpine: string, folder: string): Promise<BaseLayout> {
  const layout = join(folder, 'alpine');
  await mkdir(layout, { recursive: true });
  const archive = await openArchive(alpine);
  try {
    const [only] = archive.images;
    if (only === undefined) throw new Error(`${alpine} holds no image`);
    const { digest } = only.descriptor;
    await copy(archive.repository, await openOciLayout(layout, { create: true }), { from: digest, to: 'latest' });
    return { layout, digest };
  } finally {
    await archive.close();
  }
}
