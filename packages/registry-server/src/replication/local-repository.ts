import { type Actor, type Catalog, recordManifest } from '@lading/catalog';
import { LadingError } from '@lading/errors';
import { isManifestType } from '@lading/oci';
import { type ContentReader, type ContentStore, digestOfTarget, type Repository, type Target } from '@lading/store';
import { linkContent } from '../policy/link-content.ts';
import { noPolicy } from '../policy/policy.ts';
import { writeContent } from '../policy/write-content.ts';

export interface LocalRepositoryOptions {
  readonly catalog: Catalog;
  readonly content: ContentStore;
  readonly name: string;
  readonly by: Actor;
  /** Who has content may have it here, too, when it lies in the store already. */
  readonly source?: ContentReader | undefined;
}

/** A repository of this registry, for the one copy: what is written is linked and recorded, and what others have is not seen. */
export function localRepository({ catalog, content, name, by, source }: LocalRepositoryOptions): Repository {
  const link = async (blob: { digest: ReturnType<typeof digestOfTarget>; size: number }): Promise<void> => {
    await linkContent({ catalog, content, policy: noPolicy }, by, name, blob);
  };
  const references = catalog.references(name, by);

  const own = async (target: Target): Promise<number | undefined> => {
    const digest = digestOfTarget(target);
    return (await catalog.blob(name, digest)) ?? (await catalog.manifest(name, digest))?.descriptor.size;
  };

  return {
    name: `localhost/${name}`,
    references: {
      ...references,
      async record(descriptor, bytes) {
        await writeContent({ catalog, content }, by, { digest: descriptor.digest }, (page) =>
          recordManifest(page, name, descriptor, bytes),
        );
      },
    },
    content: {
      async stat(target, io) {
        const digest = digestOfTarget(target);
        const here = await content.stat(digest, io);
        if (here === undefined) return undefined;
        if ((await own(target)) !== undefined) return here;
        if (source === undefined || typeof target === 'string' || isManifestType(target.mediaType)) return undefined;
        if ((await source.stat(target, io)) === undefined) return undefined;
        await link({ digest, size: here.size });
        return here;
      },
      async open(target, io) {
        if ((await own(target)) === undefined) throw absent(name, target);
        return content.open(digestOfTarget(target), io);
      },
      async begin(options = {}) {
        const ingest = await content.begin(options);
        return {
          id: ingest.id,
          get offset() {
            return ingest.offset;
          },
          append: (bytes, io) => ingest.append(bytes, io),
          async commit(expected = {}, io) {
            const committed = await ingest.commit(expected, io);
            const mediaType = expected.mediaType ?? options.expected?.mediaType;
            // A manifest becomes part of the repository by its record.
            if (mediaType === undefined || !isManifestType(mediaType)) await link(committed);
            return committed;
          },
          abort: () => ingest.abort(),
          suspend: () => ingest.suspend(),
        };
      },
      delete: async () => false,
      async *list() {},
      lease: (digest, ttlMs) => content.lease(digest, ttlMs),
    },
  };
}

function absent(name: string, target: Target): LadingError {
  return new LadingError('BLOB_NOT_FOUND', `Cannot read ${digestOfTarget(target)}: ${name} does not have it`);
}
