import type { Descriptor, Digest } from '@lading/oci';
import type { Page, ReferenceStore, ReferrersFilter } from '@lading/store';
import type { Database } from './database/database.ts';
import type { Actor } from './ledger/actor.ts';
import type { Ledger } from './ledger/ledger.ts';
import type { Retention } from './retention.ts';

/** A manifest as the catalog knows it. */
export interface ManifestRecord {
  readonly descriptor: Descriptor;
  readonly subject?: Digest;
  readonly createdAt: Date;
}

/** One move of a tag. Without `digest` the tag was removed; without `previous` it was new. */
export interface TagMove {
  readonly digest?: Digest;
  readonly previous?: Digest;
  readonly at: Date;
  /** The name of the actor, where it is known. */
  readonly by?: string;
}

export interface TagRecord {
  readonly name: string;
  readonly descriptor: Descriptor;
  readonly updatedAt: Date;
}

/**
 * The digest graph in SQL: which repositories there are, which manifests, blobs and tags each has, and how they hang together.
 * It knows nothing of bytes: content lies in a ContentStore that many repositories share. What a call wrote is durable when it
 * resolves.
 */
export interface Catalog extends Retention {
  /** Every change goes through it; several that belong together go on one page of it. */
  readonly ledger: Ledger;
  /** For reads of one's own, and for tables that are no part of what the ledger keeps. */
  readonly database: Database;
  /** Tags and manifests of one repository. The repository comes into being with the first thing that is recorded in it. */
  references(repository: string, by?: Actor): ReferenceStore;
  repositories(page?: Page): AsyncIterable<string>;
  /** The same, thousands at a time, for who lists many. */
  repositoryNames(page?: Page): AsyncIterable<readonly string[]>;
  hasRepository(name: string): Promise<boolean>;
  /** Tags with what they point to, in byte order of their names. */
  tags(repository: string, page?: Page): AsyncIterable<TagRecord>;
  /** Their names alone, thousands at a time. */
  tagNames(repository: string, page?: Page): AsyncIterable<readonly string[]>;
  /** The moves of a tag, latest first. */
  tagHistory(repository: string, tag: string): Promise<readonly TagMove[]>;
  /** Removes a tag, only while it points to `expected` where that is given. What it pointed to; undefined when nothing was removed. */
  removeTag(repository: string, tag: string, expected?: Digest, by?: Actor): Promise<Digest | undefined>;

  manifest(repository: string, digest: Digest): Promise<ManifestRecord | undefined>;
  /** Manifests with this subject, in the order of their digests; `after` starts behind one of them. */
  referrers(
    repository: string,
    subject: Digest,
    filter?: ReferrersFilter & { readonly after?: Digest | undefined },
  ): AsyncIterable<Descriptor>;
  /** Removes the manifest and the tags that point to it; its bytes stay. True when it was there. */
  removeManifest(repository: string, digest: Digest, by?: Actor): Promise<boolean>;

  /** Makes a blob part of a repository: only then may the repository's readers have it. */
  linkBlob(repository: string, digest: Digest, size: number, by?: Actor): Promise<void>;
  /** Its size when the repository has the blob. */
  blob(repository: string, digest: Digest): Promise<number | undefined>;
  unlinkBlob(repository: string, digest: Digest, by?: Actor): Promise<boolean>;
  /** Every repository that has the blob. */
  repositoriesOf(digest: Digest): Promise<readonly string[]>;
  /** True while any repository has the content as blob, manifest or child of a manifest. */
  isReferenced(digest: Digest): Promise<boolean>;

  close(): Promise<void>;
}
