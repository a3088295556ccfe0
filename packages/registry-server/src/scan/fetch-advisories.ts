import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fetchAdvisories } from '@lading/contents';
import { LadingError } from '@lading/errors';
import type { Repository } from '@lading/store';
import { openRemote } from '../upstream/open-remote.ts';
import type { AdvisoriesPlace } from './scan-config.ts';
import { scanFolder } from './scan-folder.ts';
import type { ScanParts } from './scan-parts.ts';

type Artifact = Extract<AdvisoriesPlace, { readonly kind: 'artifact' }>;

const extension = '.advisories';

/**
 * The advisory database that a tag points to, as a file of this machine: fetched when it is not there yet, and verified. Throws
 * REFERENCE_NOT_FOUND, and as `fetchAdvisories()`.
 */
export async function fetchedAdvisories(
  parts: Pick<ScanParts, 'content' | 'catalog'>,
  place: Artifact,
  signal: AbortSignal,
): Promise<string> {
  const folder = await scanFolder(parts.content);
  const opened = openRepository(parts, place);
  try {
    const { repository } = opened;
    const manifest = await repository.references.resolve(place.tag, { signal });
    if (manifest === undefined) {
      throw new LadingError(
        'REFERENCE_NOT_FOUND',
        `Cannot judge packages: there are no advisories at ${repository.name}:${place.tag}`,
        { hint: 'Push them there with "lading advisories push".' },
      );
    }
    const path = join(folder, `${manifest.digest.replace(':', '-')}${extension}`);
    if (await isThere(path)) return path;
    await fetchAdvisories(repository, manifest, path, { signal });
    // Whoever has an older one open can read on.
    for (const name of await readdir(folder)) {
      const old = join(folder, name);
      if (name.endsWith(extension) && old !== path) await rm(old, { force: true });
    }
    return path;
  } finally {
    await opened.close();
  }
}

function openRepository(
  { content, catalog }: Pick<ScanParts, 'content' | 'catalog'>,
  { remote, repository: name }: Artifact,
): { readonly repository: Repository; close(): Promise<void> } {
  if (remote === undefined) {
    return { repository: { name, content, references: catalog.references(name) }, close: async () => {} };
  }
  const registry = openRemote(remote);
  return { repository: registry.repository(`${remote.path}${name}`), close: () => registry.close() };
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
