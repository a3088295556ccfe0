import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { moveTag, openCatalog, recordManifest } from '@lading/catalog';
import { type Digest, digestOf, encodeJson, hexOf, mediaTypes } from '@lading/oci';
import { openDirectoryJournal, openDirectoryStore, put } from '@lading/store';

/** What the lists are asked for: one repository with many tags, and many repositories. */
export interface Seed {
  readonly tags: number;
  readonly repositories: number;
}

export const tagsRepository = 'bench/tags';

export function seededTag(at: number): string {
  return `v${String(at).padStart(7, '0')}`;
}

function seededRepository(at: number): string {
  return `many/r${String(at).padStart(5, '0')}`;
}

// Written to where each registry keeps them: through its API 100,000 tags would take one of them a day, for it writes an index of all tags
// with each of them. All tags point to one manifest, an index without entries, so that no blobs are needed.
const manifest = encodeJson({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [] });
const digest: Digest = digestOf(manifest);
const descriptor = { mediaType: mediaTypes.ociIndex, digest, size: manifest.length };

function repositoriesOf({ tags, repositories }: Seed): { readonly name: string; readonly tags: readonly string[] }[] {
  return [
    { name: tagsRepository, tags: Array.from({ length: tags }, (_, at) => seededTag(at)) },
    ...Array.from({ length: repositories - 1 }, (_, at) => ({ name: seededRepository(at), tags: ['latest'] })),
  ];
}

export async function seedLading(root: string, seed: Seed): Promise<void> {
  const content = await openDirectoryStore(join(root, 'content'));
  const journal = await openDirectoryJournal(join(root, 'journal'));
  const catalog = await openCatalog({ path: join(root, 'catalog.sqlite'), journal, content });
  try {
    await put(content, manifest, descriptor);
    const all = repositoriesOf(seed).flatMap(({ name, tags }) => tags.map((tag) => ({ name, tag })));
    let recorded = '';
    for (let at = 0; at < all.length; at += batch) {
      await catalog.ledger.write(undefined, async (page) => {
        for (const { name, tag } of all.slice(at, at + batch)) {
          if (name !== recorded) await recordManifest(page, name, descriptor, manifest);
          recorded = name;
          await moveTag(page, name, tag, digest);
        }
      });
    }
  } finally {
    await catalog.close();
    await journal.close();
  }
}

const batch = 5000;

/** An OCI image layout for each repository: image-spec 1.1 §image layout. */
export async function seedZot(root: string, seed: Seed): Promise<void> {
  for (const { name, tags } of repositoriesOf(seed)) {
    const manifests = tags.map((tag) => ({ ...descriptor, annotations: { 'org.opencontainers.image.ref.name': tag } }));
    await write(join(root, name, 'blobs/sha256', hexOf(digest)), manifest);
    await write(join(root, name, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
    await write(
      join(root, name, 'index.json'),
      encodeJson({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }),
    );
  }
}

/** Files that hold digests: distribution, registry/storage/paths.go. */
export async function seedDistribution(root: string, seed: Seed): Promise<void> {
  const base = join(root, 'docker/registry/v2');
  const hex = hexOf(digest);
  await write(join(base, 'blobs/sha256', hex.slice(0, 2), hex, 'data'), manifest);
  for (const { name, tags } of repositoriesOf(seed)) {
    const manifests = join(base, 'repositories', name, '_manifests');
    await write(join(manifests, 'revisions/sha256', hex, 'link'), digest);
    await write(join(base, 'repositories', name, '_layers/sha256', hex, 'link'), digest);
    for (let at = 0; at < tags.length; at += 64) {
      const writes = tags
        .slice(at, at + 64)
        .flatMap((tag) => [
          write(join(manifests, 'tags', tag, 'current/link'), digest),
          write(join(manifests, 'tags', tag, 'index/sha256', hex, 'link'), digest),
        ]);
      await Promise.all(writes);
    }
  }
}

async function write(path: string, data: Uint8Array | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, data);
}
