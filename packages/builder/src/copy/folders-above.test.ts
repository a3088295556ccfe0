import assert from 'node:assert/strict';
import { test } from 'node:test';
import { union } from '@lading/filetree';
import { withFoldersAbove } from './folders-above.ts';
import type { PlannedEntry } from './plan.ts';

const plain = { uid: 0, gid: 0, size: 0, mtime: 5 };

test('withFoldersAbove() adds the folders that are there with their rights, not those that the plan makes', () => {
  const tmp = { ...plain, path: 'tmp', type: 'directory', mode: 0o1777, mtime: 99 } as const;
  const home = { ...plain, path: 'home/app', type: 'directory', mode: 0o700, uid: 7, gid: 8 } as const;
  const tree = union([
    { entries: [tmp, { ...plain, path: 'home', type: 'directory', mode: 0o755 }, home], whiteouts: [] },
  ]);
  const entries: PlannedEntry[] = [
    { ...plain, path: 'home/app/new', type: 'directory', mode: 0o750 },
    { ...plain, path: 'home/app/new/file', type: 'file', mode: 0o644 },
    { ...plain, path: 'tmp/file', type: 'file', mode: 0o644 },
  ];
  const shown = withFoldersAbove(tree, entries, 50).map(({ path, mode, uid, mtime }) => [
    path,
    mode.toString(8),
    uid,
    mtime,
  ]);
  assert.deepEqual(shown, [
    ['home', '755', 0, 5],
    ['home/app', '700', 7, 5],
    ['home/app/new', '750', 0, 5],
    ['home/app/new/file', '644', 0, 5],
    ['tmp', '1777', 0, 50],
    ['tmp/file', '644', 0, 5],
  ]);
  assert.deepEqual(withFoldersAbove(tree, [], 50), []);
});
