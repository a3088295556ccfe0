import { diff, type FileTree } from '@lading/filetree';
import { whiteoutOf } from '@lading/tar';
import { withFoldersAbove } from '../copy/folders-above.ts';
import type { PlannedEntry } from '../copy/plan.ts';
import { planNodes } from './file-system-entries.ts';

/**
 * The one layer that makes the upper file system out of the lower one, whose layers are the lowest of the upper. What is gone gets a
 * whiteout, a name for a file of a lower layer the file itself. An empty lower one gives a layer without whiteouts.
 */
export function planSquash(lower: FileTree, upper: FileTree, epoch: number): PlannedEntry[] {
  const changes = diff(lower, upper);
  const present = changes.flatMap((change) => (change.kind === 'deleted' ? [] : [change.after]));
  const removed = changes.flatMap((change) => (change.kind === 'deleted' ? [whiteout(change.path, epoch)] : []));
  return withFoldersAbove(upper, [...planNodes(present), ...removed], epoch);
}

function whiteout(path: string, mtime: number): PlannedEntry {
  return { path: whiteoutOf(path), type: 'file', mode: 0o644, uid: 0, gid: 0, size: 0, mtime };
}
