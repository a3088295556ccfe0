import type { Digest } from '@lading/oci';

/** A manifest leaves the trash for good. One that is restored is recorded again, and that ends it too. */
export interface TrashEntry {
  readonly kind: 'trash.expired';
  readonly repository: string;
  readonly digest: Digest;
}

export type CautionEntry =
  | { readonly kind: 'content.quarantined'; readonly digest: Digest; readonly reason: string }
  | { readonly kind: 'content.released'; readonly digest: Digest }
  | {
      readonly kind: 'deprecation.set';
      readonly repository: string;
      /** A tag or digest; the whole repository without one. */
      readonly reference?: string | undefined;
      /** ISO 8601: warned of before, refused from then on. */
      readonly after: string;
      readonly message: string;
    }
  | { readonly kind: 'deprecation.lifted'; readonly repository: string; readonly reference?: string | undefined };

export type PurgeEntry =
  | {
      /** Content is taken out of everything, whatever may still need it: a secret that leaked. What needed it was removed before. */
      readonly kind: 'content.purged';
      readonly purge: string;
      readonly digests: readonly Digest[];
      readonly manifests: readonly Needing[];
      readonly reason: string;
    }
  | {
      /** The content of a purge is gone from everywhere; the receipt says so. */
      readonly kind: 'purge.completed';
      readonly purge: string;
      readonly receipt: string;
    };

/** What needs some content, however far up, and so has to go with it. */
export interface Needing {
  readonly repository: string;
  readonly digest: Digest;
  readonly tags: readonly string[];
  /** It is in the trash. */
  readonly trashed: boolean;
}
