import type { Digest } from '@lading/oci';

export type TagEntry =
  | {
      readonly kind: 'tag.moved';
      readonly repository: string;
      readonly tag: string;
      readonly digest: Digest;
      readonly previous?: Digest | undefined;
    }
  | { readonly kind: 'tag.removed'; readonly repository: string; readonly tag: string; readonly previous: Digest };

export type ManifestEntry =
  | {
      readonly kind: 'manifest.recorded';
      readonly repository: string;
      readonly digest: Digest;
      readonly mediaType: string;
      readonly size: number;
    }
  | {
      readonly kind: 'manifest.removed';
      readonly repository: string;
      readonly digest: Digest;
      /** Whether it goes to the trash, in a registry; a local store says nothing of it. */
      readonly restorable?: boolean | undefined;
    };

export type BlobEntry =
  | { readonly kind: 'blob.linked'; readonly repository: string; readonly digest: Digest; readonly size: number }
  | { readonly kind: 'blob.unlinked'; readonly repository: string; readonly digest: Digest };

export interface PinEntry {
  readonly kind: 'pin.added' | 'pin.removed';
  readonly repository: string;
  readonly digest: Digest;
}

export type ImportEntry =
  /** What follows is what a database said that was kept without a journal; it begins from nothing. */
  | { readonly kind: 'catalog.imported' }
  | {
      readonly kind: 'move.imported';
      readonly repository: string;
      readonly name: string;
      readonly digest?: Digest | undefined;
      readonly previous?: Digest | undefined;
    }
  | { readonly kind: 'pin.imported'; readonly repository: string; readonly digest: Digest };
