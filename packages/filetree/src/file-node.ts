import type { TarHeader } from '@lading/tar';

/**
 * One path of a layer or of a file tree.
 *
 * In a tree hard links are resolved: such a node is a `file` with the content of its target, which `hardLinkOf` names.
 * A link whose target no layer has stays a `hardlink`.
 */
export interface FileNode extends TarHeader {
  /** Index of the layer that this node comes from, counted from the lowest; for a hard link the layer that holds the content. */
  readonly layer?: number;
  /** Where a file's content starts in its layer's uncompressed tar. Absent when the archive stores the file with holes. */
  readonly contentOffset?: number;
  /** SHA-256 of a file's content, in hexadecimal; only where the layer was read with digests. */
  readonly sha256?: string;
  /** The canonical path at which the content was found, for a hard link. */
  readonly hardLinkOf?: string;
}
