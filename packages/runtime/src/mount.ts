import type { Duplex } from 'node:stream';
import type { Snapshot } from './snapshot.ts';

/**
 * Something that appears in a container at a path. A target is absolute in the container; symlinks in it are followed inside the
 * container's file system only. It need not exist, and leaves no trace. One mount may lie inside another, in any order.
 */
export type Mount = BindMount | SnapshotMount | TmpfsMount | FileMount | SocketMount;

/** A file or folder of this machine. */
export interface BindMount {
  readonly kind?: 'bind' | undefined;
  /** An absolute path on this machine; symlinks are followed. */
  readonly source: string;
  readonly target: string;
  /** Default false. */
  readonly readOnly?: boolean | undefined;
}

/** A snapshot or a part of it. What is written there is gone afterwards. */
export interface SnapshotMount {
  readonly kind: 'snapshot';
  /** Must be named among those that the scratch layer uses. */
  readonly snapshot: Snapshot;
  /** A file or folder of the snapshot; symlinks are followed inside it. Default `/`. */
  readonly source?: string | undefined;
  readonly target: string;
  /** Default false. */
  readonly readOnly?: boolean | undefined;
}

/** An empty folder in memory, for everybody, with the sticky bit. */
export interface TmpfsMount {
  readonly kind: 'tmpfs';
  readonly target: string;
  /** Default: what the kernel gives, half of the memory. */
  readonly sizeBytes?: number | undefined;
}

/** A file that is in memory only: its content goes through a pipe and never lies on a disk of this machine. */
export interface FileMount extends Ownership {
  readonly kind: 'file';
  readonly content: Uint8Array;
  readonly target: string;
}

/** A Unix socket. Each connection to it is joined with a stream that the caller opens. */
export interface SocketMount extends Ownership {
  readonly kind: 'socket';
  connect(): Duplex;
  readonly target: string;
}

export interface Ownership {
  /** Permission bits. */
  readonly mode: number;
  /** Numeric ids as the container sees them; root where absent. */
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
}
