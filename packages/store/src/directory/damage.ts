import type { Digest } from '@lading/oci';

/** Something that is not as a store has it. */
export interface Damage {
  /** What the file should be; undefined for what has no place in a store. */
  readonly digest?: Digest | undefined;
  /** Where it was found. */
  readonly path: string;
  /**
   * - `digest`: the bytes are others than the name says
   * - `empty`: there are none, which is what a file system leaves that lost them
   * - `unreadable`: the disk or the permissions do not let it be read
   * - `absent`: it was asked for and is not there
   * - `misplaced`: the name is a digest, but of another algorithm than the folder's
   * - `foreign`: nothing that a store writes
   */
  readonly problem: 'digest' | 'empty' | 'unreadable' | 'absent' | 'misplaced' | 'foreign';
  /** Bytes of the file. */
  readonly size: number;
  /** Where it lies now. */
  readonly quarantined?: string | undefined;
}
