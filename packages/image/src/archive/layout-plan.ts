import type { Descriptor, Digest } from '@lading/oci';
import type { CopiedContent } from '../copy/copy-run.ts';

/**
 * Why `index.json` lists a manifest:
 *
 * - `image`: an image or index that was asked for
 * - `referrer`: its `subject` is a manifest of the archive
 * - `companion`: its tag is named after a manifest of the archive, as cosign's `sha256-….sig` is
 */
export type EntryKind = 'image' | 'companion' | 'referrer';

/** One manifest that `index.json` lists. */
export interface LayoutEntry {
  readonly kind: EntryKind;
  /** Type, digest and size, with platform and artifactType where there are any. */
  readonly descriptor: Descriptor;
  readonly names: readonly string[];
  /** Where an image comes from, as in `example.org/team/app`, for those that have no name. */
  readonly repositoryName?: string | undefined;
  /** What it refers to. */
  readonly subject?: Digest | undefined;
}

/** What goes into a tar of an OCI layout. */
export interface LayoutPlan {
  /** Images in the order in which they were asked for, then what belongs to them. */
  readonly entries: readonly LayoutEntry[];
  /** The files under `blobs/`, each digest once; manifests, which were read, before other content. */
  readonly blobs: readonly CopiedContent[];
  /** What manifests point to and the archive leaves out by intent: other platforms, layers that may not be redistributed. */
  readonly absent: readonly Digest[];
}
