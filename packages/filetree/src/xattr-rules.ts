import type { EntryType } from '@lading/tar';

/** The prefix of the attributes that overlayfs keeps its own marks in. `user` for mounts with `userxattr`. */
export type OverlayXattrPrefix = 'trusted' | 'user';

/**
 * Which extended attributes layers carry: file capabilities, and what users set on files and directories. Everything else is
 * the machine's own (SELinux labels, ACL caches), and overlayfs's marks in an archive would be an attack: they redirect.
 */
export function isLayerXattr(name: string, type: EntryType): boolean {
  if (name === 'security.capability') return type === 'file';
  if (type !== 'file' && type !== 'directory') return false;
  return name.startsWith('user.') && !name.startsWith('user.overlay.');
}
