import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Descriptor, type Digest, hexOf, isDigest } from '@lading/oci';

/** What is known of content that was not fetched yet, or that others have, too. */
export interface Origin {
  readonly mediaType: string;
  /** Bytes. */
  readonly size: number;
  /** Repositories that had it, the last one first: `registry.example.org/team/base`. */
  readonly repositories: readonly string[];
}

/**
 * Where content can be fetched from that an image here consists of: a small file for each digest. Bases of builds are looked up without their
 * layers, and caches give layers that no step has read yet.
 */
export interface Origins {
  find(digest: Digest): Promise<Origin | undefined>;
  note(content: Descriptor, repository: string): Promise<void>;
  /** Forgets all but these and what was noted within this time; the number of those forgotten. */
  prune(keep: (digest: Digest) => boolean, olderThanMs: number): Promise<number>;
}

const maxRepositories = 8;

export function openOrigins(folder: string): Origins {
  const pathOf = (digest: Digest): string => join(folder, digest.replace(':', '-'));
  const find: Origins['find'] = async (digest) => {
    try {
      const origin = JSON.parse(await readFile(pathOf(digest), 'utf8')) as Origin; // our own file
      return Array.isArray(origin.repositories) ? origin : undefined;
    } catch {
      return undefined;
    }
  };
  return {
    find,
    async note({ digest, mediaType, size }, repository) {
      const known = await find(digest);
      if (known?.repositories[0] === repository) return;
      const others = (known?.repositories ?? []).filter((name) => name !== repository);
      const origin: Origin = { mediaType, size, repositories: [repository, ...others].slice(0, maxRepositories) };
      await mkdir(folder, { recursive: true });
      const draft = join(folder, `${hexOf(digest)}.${process.pid}.tmp`);
      await writeFile(draft, JSON.stringify(origin));
      await rename(draft, pathOf(digest));
    },
    async prune(keep, olderThanMs) {
      const names = await readdir(folder).catch(() => []);
      let forgotten = 0;
      for (const name of names) {
        const digest = name.replace('-', ':');
        const info = await stat(join(folder, name)).catch(() => undefined);
        if (info === undefined || Date.now() - info.mtimeMs < olderThanMs || (isDigest(digest) && keep(digest)))
          continue;
        await rm(join(folder, name), { force: true });
        forgotten++;
      }
      return forgotten;
    },
  };
}
