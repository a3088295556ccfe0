import type { Io } from '@lading/bytes';
import type { Descriptor, Digest } from '@lading/oci';
import type { ContentStore } from './content-store.ts';

export interface TagOptions extends Io {
  /** Compare-and-swap: move the tag only if it points to this digest now, or, with `null`, only if it does not exist. */
  readonly expected?: Digest | null | undefined;
}

/** The outcome of moving a tag. `actual` is what the tag points to when the compare failed. */
export type TagOutcome =
  | { readonly tagged: true; readonly previous?: Descriptor }
  | { readonly tagged: false; readonly actual?: Descriptor };

export interface Page extends Io {
  /** Starts after this name; names are in byte order. */
  readonly after?: string | undefined;
  /** At most so many. */
  readonly limit?: number | undefined;
}

export interface ReferrersFilter extends Io {
  readonly artifactType?: string | undefined;
}

/** Tags and the graph around manifests, of one repository. */
export interface ReferenceStore {
  /** What a tag or digest points to; `undefined` when there is none. */
  resolve(reference: string | Digest, io?: Io): Promise<Descriptor | undefined>;
  /** Durable when it resolves. Throws REFERENCE_NOT_FOUND for a manifest that was not recorded, REFERENCE_INVALID for a tag that cannot be one. */
  tag(tag: string, descriptor: Descriptor, options?: TagOptions): Promise<TagOutcome>;
  /** Removes the tag, never the manifest. True when the tag existed. Durable when it resolves. */
  untag(tag: string, io?: Io): Promise<boolean>;
  tags(page?: Page): AsyncIterable<string>;
  /** Manifests whose `subject` is this digest: with artifactType and annotations, as the distribution-spec lists them. */
  referrers(digest: Digest, filter?: ReferrersFilter): AsyncIterable<Descriptor>;
  /**
   * Tells the store that a manifest's bytes are now in content, so that it knows its subject and children. Durable when it resolves.
   * A remote repository learns this from the push itself and does nothing here.
   */
  record(descriptor: Descriptor, bytes: Uint8Array, io?: Io): Promise<void>;
}

/** Where images live under one name: content and the references into it. Every copy goes from one Repository to another. */
export interface Repository {
  /** For people and logs, such as `registry.example.org/team/app`. */
  readonly name: string;
  readonly content: ContentStore;
  readonly references: ReferenceStore;
}
