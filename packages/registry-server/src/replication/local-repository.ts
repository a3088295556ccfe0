import { type Actor, type Catalog, createCollection, recordManifest } from '@lading/catalog';
import { LadingError } from '@lading/errors';
import { childrenOf, type Digest, isManifestType, parseManifest } from '@lading/oci';
import {
  type ContentReader,
  type ContentStore,
  digestOfTarget,
  put,
  type Repository,
  type Target,
} from '@lading/store';
import { linkContent } from '../policy/link-content.ts';
import { noPolicy } from '../policy/policy.ts';
import { protectContent } from '../policy/protect-content.ts';
import { refuseBrought } from '../policy/refuse-brought.ts';
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
  const collection = createCollection(catalog);
  const protect = (digest: Digest): Promise<void> => protectContent(collection, digest, () => new Date());
  const link = async (blob: { readonly digest: Digest; readonly size: number }): Promise<void> => {
    await linkContent({ catalog, content, policy: noPolicy }, by, name, blob, { brought: true });
  };
  /** Whoever is told that something is here does not bring it: a blob then stays until a manifest refers to it. */
  const holds = async (digest: Digest): Promise<boolean> => {
    const [leased] = await collection.lease([{ repository: name, digest }], new Date());
    return leased === true || (await catalog.manifest(name, digest)) !== undefined;
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
        const { digest, mediaType } = descriptor;
        const parts = childrenOf(parseManifest(bytes, mediaType)).map((part) => part.digest);
        const rewrite = (): Promise<unknown> => put(content, bytes, { digest });
        await writeContent({ catalog, content }, by, { digest, rewrite }, async (page) => {
          await refuseBrought(page, name, [digest, ...parts]);
          await recordManifest(page, name, descriptor, bytes);
        });
      },
    },
    content: {
      async stat(target, io) {
        const digest = digestOfTarget(target);
        const here = await content.stat(digest, io);
        if (here === undefined) return undefined;
        if (await holds(digest)) return here;
        if (source === undefined || typeof target === 'string' || isManifestType(target.mediaType)) return undefined;
        if ((await source.stat(target, io)) === undefined) return undefined;
        await protect(digest);
        // It may have gone before it was protected.
        const still = await content.stat(digest, io);
        if (still !== undefined) await link(still);
        return still;
      },
      async open(target, io) {
        if ((await own(target)) === undefined) throw absent(name, target);
        return content.open(digestOfTarget(target), io);
      },
      async begin(options = {}) {
        const { digest: wanted } = options.expected ?? {};
        if (wanted !== undefined) await refuseBrought(catalog.database, name, [wanted]);
        const ingest = await content.begin(options);
        return {
          id: ingest.id,
          get offset() {
            return ingest.offset;
          },
          append: (bytes, io) => ingest.append(bytes, io),
          async commit(expected = {}, io) {
            const digest = expected.digest ?? wanted;
            if (digest !== undefined) await protect(digest);
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
      lease: (digests, ttlMs) => content.lease(digests, ttlMs),
    },
  };
}

function absent(name: string, target: Target): LadingError {
  return new LadingError('BLOB_NOT_FOUND', `Cannot read ${digestOfTarget(target)}: ${name} does not have it`);
}
