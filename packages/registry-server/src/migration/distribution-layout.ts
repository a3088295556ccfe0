import type { Dirent } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LadingError } from '@lading/errors';
import { type Digest, isDigest } from '@lading/oci';

/**
 * The data folder of a CNCF distribution registry (docker-registry), with its filesystem driver:
 *
 * - `blobs/<algorithm>/<first two>/<hex>/data`: content
 * - `repositories/<name>/_manifests/revisions/<algorithm>/<hex>/link`: manifests that the repository has
 * - `repositories/<name>/_manifests/tags/<tag>/current/link`: what a tag points to
 * - `repositories/<name>/_layers/<algorithm>/<hex>/link`: blobs that it has
 *
 * A link is a file that holds a digest. Source: distribution, registry/storage/paths.go.
 */
export interface DistributionLayout {
  /** Absolute, in the order of their names. */
  repositories(): AsyncIterable<string>;
  /** Manifests of a repository that were not deleted; what is no digest is left out. */
  revisions(repository: string): Promise<readonly Digest[]>;
  tags(repository: string): Promise<readonly DistributionTag[]>;
  blobPath(digest: Digest): string;
}

export interface DistributionTag {
  readonly name: string;
  /** Undefined where the link cannot be read as one. */
  readonly digest: Digest | undefined;
}

/** `path` is the root of the registry's storage, or the folder `docker/registry/v2` in it. Throws IMPORT_INVALID. */
export async function openDistributionLayout(path: string): Promise<DistributionLayout> {
  const root = await rootOf(path);
  const repositories = join(root, 'repositories');

  async function* walk(folder: string, name: string): AsyncGenerator<string> {
    const entries = (await folders(folder)).sort();
    if (entries.includes('_manifests')) yield name;
    for (const entry of entries) {
      if (!entry.startsWith('_')) yield* walk(join(folder, entry), name === '' ? entry : `${name}/${entry}`);
    }
  }

  return {
    repositories: () => walk(repositories, ''),

    async revisions(repository) {
      const found: Digest[] = [];
      const base = join(repositories, repository, '_manifests/revisions');
      for (const algorithm of await folders(base)) {
        for (const hex of await folders(join(base, algorithm))) {
          const digest = await linkAt(join(base, algorithm, hex));
          if (digest === `${algorithm}:${hex}`) found.push(digest);
        }
      }
      return found.sort();
    },

    async tags(repository) {
      const base = join(repositories, repository, '_manifests/tags');
      const tags: DistributionTag[] = [];
      for (const name of (await folders(base)).sort()) {
        tags.push({ name, digest: await linkAt(join(base, name, 'current')) });
      }
      return tags;
    },

    blobPath(digest) {
      const [algorithm = '', hex = ''] = digest.split(':');
      return join(root, 'blobs', algorithm, hex.slice(0, 2), hex, 'data');
    },
  };
}

async function rootOf(path: string): Promise<string> {
  for (const root of [path, join(path, 'docker/registry/v2')]) {
    const isThere = await stat(join(root, 'repositories')).then(
      (info) => info.isDirectory(),
      () => false,
    );
    if (isThere) return root;
  }
  throw new LadingError('IMPORT_INVALID', `Cannot import ${path}: there is no folder docker/registry/v2/repositories`, {
    hint: 'Name the "rootdirectory" of the registry\'s filesystem storage.',
  });
}

async function folders(path: string): Promise<string[]> {
  let entries: Dirent[];
  try {
    entries = await readdir(path, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new LadingError('FILE_UNREADABLE', `Cannot read the folder ${path}`, { cause: error });
  }
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

async function linkAt(folder: string): Promise<Digest | undefined> {
  const text = await readFile(join(folder, 'link'), 'utf8').catch(() => '');
  return isDigest(text.trim()) ? (text.trim() as Digest) : undefined;
}
