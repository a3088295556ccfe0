import type { Io } from '@lading/bytes';
import type { OverlayXattrPrefix } from './xattr-rules.ts';

export interface UnpackLayerOptions extends Io {
  /**
   * `overlay`: as a lower directory for overlayfs, whiteouts becoming 0/0 devices and opaque marks; `apply`: onto a root file
   * system, whiteouts removing what is there; `keep`: whiteouts stay the plain files that they are in the archive.
   */
  readonly whiteouts: 'overlay' | 'apply' | 'keep';
  /** `ignore` leaves everything to the user of this process and makes no devices. */
  readonly owners: 'keep' | 'ignore';
  /** For `overlay`: where the opaque mark goes. `trusted` unless stated; `user` for mounts with `userxattr`. */
  readonly xattrPrefix?: OverlayXattrPrefix;
  /**
   * For `overlay`: the unpacked layers below, the uppermost first. A folder that the archive leaves out although it puts something in it
   * takes owner, mode and time from there, since the upper folder's are what an overlay shows. Without it such a folder is 0755 and root's.
   */
  readonly below?: readonly string[];
}
