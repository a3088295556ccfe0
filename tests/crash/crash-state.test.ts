import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crashState, type Model, type Mood, type StoredFile, type StoredFolder } from './crash-state.ts';
import { replay } from './file-system.ts';
import { createRandom } from './random.ts';
import type { Operation } from './trace.ts';

const data = Buffer.alloc(10_000, 'x');
const created: readonly Operation[] = [
  { kind: 'folder', path: 'a', node: 1 },
  { kind: 'create', path: 'a/new', node: 2 },
  { kind: 'write', path: 'a/new', node: 2, offset: 0, data },
];
const fileSync: Operation = { kind: 'sync', path: 'a/new', node: 2 };
const folderSync: Operation = { kind: 'sync', path: 'a', node: 1 };
const rootSync: Operation = { kind: 'sync', path: '', node: 0 };
const renamed: Operation = { kind: 'rename', path: 'a/new', to: 'a/whole' };

test('a file that was synced is lost with its name, or with that of its folder', () => {
  assert.deepEqual(all([...created, fileSync, rootSync], 'strict', 'lost'), ['a/']);
  assert.deepEqual(all([...created, fileSync, folderSync], 'strict', 'lost'), ['']);
  assert.deepEqual(all([...created, fileSync, folderSync, rootSync], 'strict', 'lost'), ['a/ a/new:10000']);
});

test('a name without a sync of its file may lead to any part of it, and to what was never in it', () => {
  const sizes = all([...created, folderSync, rootSync], 'strict', 'mixed');
  for (const expected of ['a/ a/new:0', 'a/ a/new:4096', 'a/ a/new:10000', 'a/ a/new:10000 torn']) {
    assert.ok(sizes.includes(expected), `${expected} is not among ${sizes.join(', ')}`);
  }
});

test('a rename is seen before, after, or half done with both names, and never with none', () => {
  const seen = all([...created, fileSync, folderSync, rootSync, renamed], 'strict', 'mixed');
  assert.deepEqual(seen.toSorted(), ['a/ a/new:10000', 'a/ a/new:10000 a/whole:10000', 'a/ a/whole:10000']);
});

test('a journal keeps the order of names, and any sync writes it out', () => {
  const seen = all([...created, renamed, fileSync], 'journal', 'lost');
  assert.deepEqual(seen, ['a/ a/whole:10000']);
  const late = all([...created, fileSync, renamed], 'journal', 'mixed');
  assert.deepEqual(late.toSorted(), ['a/ a/new:10000', 'a/ a/whole:10000']);
});

test('when only the process is killed nothing is lost', () => {
  assert.deepEqual(all(created, 'killed', 'lost'), ['a/ a/new:10000']);
});

/** Every state that some seed gives, as text. */
function all(operations: readonly Operation[], model: Model, mood: Mood): readonly string[] {
  const seen = new Set<string>();
  for (let seed = 0; seed < 300; seed++) {
    seen.add(describe(crashState(replay(operations), { model, mood, random: createRandom(seed) })).join(' '));
  }
  return [...seen];
}

function describe(folder: StoredFolder, above = ''): string[] {
  return [...folder].flatMap(([name, stored]) =>
    stored instanceof Map
      ? [`${above}${name}/`, ...describe(stored, `${above}${name}/`)]
      : [`${above}${name}:${sizeOf(stored)}`],
  );
}

function sizeOf({ bytes }: StoredFile): string {
  return bytes.every((byte) => byte === 0x78) ? String(bytes.length) : `${bytes.length} torn`;
}
