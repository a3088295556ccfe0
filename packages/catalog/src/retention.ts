import type { Descriptor, Digest } from '@lading/oci';
import type { Actor } from './ledger/actor.ts';

/** What stays although no tag or pin keeps it. */
export interface RetentionWindow {
  /** What a tag or pin pointed to at some time since then stays, so that its removal or move can be undone. */
  readonly undoSince: Date;
  /** What was recorded since then stays: it may be about to get its name. */
  readonly recordedSince: Date;
}

/** A name of something that is kept: a tag, or, without `tag`, a pin. */
export interface NameRecord {
  readonly repository: string;
  readonly tag?: string;
  readonly digest: Digest;
}

/** Content that is there because of a name. */
export interface Holding {
  /** What the name points to. */
  readonly root: Digest;
  /** The root itself, a manifest below it or referring to it, or a config or layer of one of those. */
  readonly digest: Digest;
  /** Bytes, as manifests state them. */
  readonly size: number;
}

/** A repository that has some content, and how it is asked for there. */
export interface Holder {
  readonly repository: string;
  readonly kind: ContentKind;
  readonly descriptor: Descriptor;
}

export type ContentKind = 'manifest' | 'config' | 'layer';

export interface PinRecord {
  readonly descriptor: Descriptor;
  readonly pinnedAt: Date;
}

/** The latest move of a name: of a tag, or of a pin, whose name is its digest. Without `digest` it was removed. */
export interface NameMove {
  readonly repository: string;
  readonly name: string;
  readonly digest?: Digest;
  readonly previous: Digest;
  readonly at: Date;
}

export interface SweptManifest {
  readonly repository: string;
  readonly descriptor: Descriptor;
}

export interface SweepOptions extends RetentionWindow {
  /** What somebody holds right now; it stays, but not what only it refers to. */
  readonly held?: ReadonlySet<Digest> | undefined;
  /** Only tells what would go. */
  readonly dryRun?: boolean | undefined;
  readonly by?: Actor | undefined;
}

/**
 * What is kept, and why. Roots are tags, pins, what those pointed to within the window, and what was recorded within it; with a manifest
 * stay its children and everything that refers to it. Tags of the form `sha256-<hex>…`, by which tools attach things to a manifest, are
 * no roots while that manifest is recorded: they go with it.
 */
export interface Retention {
  /** Keeps a manifest that has no tag. False when the repository does not have it. Pinning again is fine. */
  pin(repository: string, digest: Digest, by?: Actor): Promise<boolean>;
  /** True when it was pinned. */
  unpin(repository: string, digest: Digest, by?: Actor): Promise<boolean>;
  /** Pins of one repository, in byte order of their digests. */
  pins(repository: string): Promise<readonly PinRecord[]>;
  /** Of every name that was moved or removed and whose previous manifest is still recorded: the latest move, latest first. */
  undoable(): Promise<readonly NameMove[]>;
  /** All tags and pins of all repositories. */
  names(): Promise<readonly NameRecord[]>;
  /** What names hold; content of several is listed for each. */
  holdings(): Promise<readonly Holding[]>;
  /** All content, manifests included, that a sweep with this window would leave referenced, and what it is. */
  keptContent(window: RetentionWindow): Promise<ReadonlyMap<Digest, ContentKind>>;
  /** Removes manifests that nothing keeps, in one transaction; their bytes stay. */
  sweep(options: SweepOptions): Promise<readonly SweptManifest[]>;
  /** Who has the content, as a manifest or as part of one. */
  holders(digest: Digest): Promise<readonly Holder[]>;
  /** True when blobs were linked, as registries do and the local store does not: then manifests alone do not say what is in use. */
  hasLinkedBlobs(): Promise<boolean>;
}
