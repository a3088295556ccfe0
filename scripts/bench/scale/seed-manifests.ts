import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { linkBlob, moveTag, openCatalog, recordManifest } from '@lading/catalog';
import { digestOf, encodeJson, hexOf, mediaTypes } from '@lading/oci';
import { openDirectoryJournal, openDirectoryStore, put } from '@lading/store';

export const scaleRepository = 'bench/scale';

export function scaleTag(at: number): string {
  return `v${String(at).padStart(7, '0')}`;
}

const config = encodeJson({ architecture: 'amd64', os: 'linux' });
const layer = Buffer.from('a layer');

/** A manifest that the repository takes: what it refers to is there. */
export function scaleManifest(version: string): object {
  const part = (mediaType: string, bytes: Uint8Array) => ({ mediaType, digest: digestOf(bytes), size: bytes.length });
  return {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: part(mediaTypes.ociConfig, config),
    layers: [part(mediaTypes.ociLayerGzip, layer)],
    annotations: { 'org.opencontainers.image.version': version },
  };
}

const batch = 5000;

/**
 * Writes a registry with one repository of so many manifests, each with a tag: through the ledger, so that journal and database are what
 * they would be, but thousands at a time. The manifests' files are not synced one by one.
 */
export async function seedManifests(root: string, count: number, progress: (done: number) => void): Promise<void> {
  const content = await openDirectoryStore(join(root, 'content'));
  const journal = await openDirectoryJournal(join(root, 'journal'));
  const catalog = await openCatalog({ path: join(root, 'catalog.sqlite'), journal, content });
  const by = { name: 'anonymous', client: '127.0.0.1', agent: 'bench' };
  try {
    for (const blob of [config, layer]) {
      const digest = digestOf(blob);
      await put(content, blob, { digest, size: blob.length });
      await catalog.ledger.write(by, (page) => linkBlob(page, scaleRepository, digest, blob.length));
    }
    for (let at = 0; at < count; at += batch) {
      await catalog.ledger.write(by, async (page) => {
        for (let i = at; i < Math.min(count, at + batch); i++) {
          const tag = scaleTag(i);
          const bytes = encodeJson(scaleManifest(tag));
          const digest = digestOf(bytes);
          writeFileSync(join(root, 'content/blobs/sha256', hexOf(digest)), bytes);
          await recordManifest(
            page,
            scaleRepository,
            { mediaType: mediaTypes.ociManifest, digest, size: bytes.length },
            bytes,
          );
          await moveTag(page, scaleRepository, tag, digest);
        }
      });
      progress(Math.min(count, at + batch));
    }
  } finally {
    await catalog.close();
    await journal.close();
  }
}
