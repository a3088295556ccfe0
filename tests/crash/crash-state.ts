// What a disk may hold after a crash. Of everything that no sync has covered, a seed chooses what reached it.
//
//   killed   the process ends, the machine goes on: nothing is lost.
//   journal  names change in order, as in a file system with an ordered journal, where any sync writes the journal out; bytes of files
//            that were not synced may be there or not.
//   strict   what POSIX promises and no more: every file and every folder has its own fate. A rename may be seen half done, with both of its
//            names, and never with none.
import { bytesOf, type Change, type Disk, type FileNode, type FolderNode, type NameChange } from './file-system.ts';
import type { Random } from './random.ts';

export type Model = 'killed' | 'journal' | 'strict';

/** Names and what is behind them. A file with two names is one object. */
export type StoredFolder = Map<string, StoredFile | StoredFolder>;
export interface StoredFile {
  readonly bytes: Buffer;
}

/** How much of what is not synced survives: `lost` and `kept` mean all of it, the others set how often. */
export type Mood = 'lost' | 'mostly lost' | 'mixed' | 'mostly kept' | 'kept';

export interface CrashOptions {
  readonly model: Model;
  readonly mood: Mood;
  readonly random: Random;
  /** Told of every choice that lost something. */
  readonly explain?: ((choice: string) => void) | undefined;
}

const pageBytes = 4096;
const sectorBytes = 512;

export function crashState(disk: Disk, options: CrashOptions): StoredFolder {
  const { model, random, explain = () => {} } = options;
  const { lastSync } = disk;
  const last = Math.max(lastSync, ...disk.nodes.map((node) => node.changes.at(-1)?.at ?? 0));
  // Where the journal ends: all names up to the last sync are on the disk, and some of those after it.
  const journal = lastSync + random.below(last - lastSync + 1);
  if (model === 'journal') explain(`the journal of names ends after operation ${journal}`);
  const kept = new Map<FolderNode, Set<NameChange>>();
  for (const node of disk.nodes) {
    if (node.kind !== 'folder') continue;
    if (model === 'killed') kept.set(node, new Set(node.changes));
    else if (model === 'journal') {
      kept.set(node, new Set(node.changes.filter((change, index) => index < node.durable || change.at <= journal)));
    } else kept.set(node, namesAfter(node, options));
  }
  const all = new Set([...kept.values()].flatMap((changes) => [...changes]));
  for (const [folder, changes] of kept) {
    for (const { after } of changes) if (after !== undefined) all.add(after);
    const lost = folder.changes.filter((change) => !all.has(change));
    if (lost.length === 0) continue;
    const names = lost.slice(-6).map(({ at, name, node }) => `${at}:${node === undefined ? '-' : '+'}${name}`);
    explain(`folder /${folder.path} lost ${lost.length} changes of names, the last: ${names.join(' ')}`);
  }
  const done = new Map<FileNode | FolderNode, StoredFile | StoredFolder>();

  const store = (node: FileNode | FolderNode): StoredFile | StoredFolder => {
    const known = done.get(node);
    if (known !== undefined) return known;
    if (node.kind === 'file') {
      const bytes = model === 'killed' ? bytesOf(node.changes) : bytesAfter(node, options, explain);
      const stored = { bytes };
      done.set(node, stored);
      return stored;
    }
    const names = new Map<string, FileNode | FolderNode>();
    for (const change of node.changes) {
      if (!all.has(change)) continue;
      if (change.node === undefined) names.delete(change.name);
      else names.set(change.name, change.node);
    }
    const stored: StoredFolder = new Map();
    done.set(node, stored);
    for (const [name, target] of names) stored.set(name, store(target));
    return stored;
  };
  return store(disk.root) as StoredFolder; // the root is a folder
}

/** The share of what is pending that survives. */
function keeping(mood: Mood): number {
  return { lost: 0, 'mostly lost': 0.1, mixed: 0.5, 'mostly kept': 0.9, kept: 1 }[mood];
}

/** Which changes of names a folder keeps: in order up to some moment, or any of them. */
function namesAfter({ changes, durable }: FolderNode, { random, mood }: CrashOptions): Set<NameChange> {
  const pending = changes.length - durable;
  if (pending === 0 || mood === 'kept') return new Set(changes);
  if (mood === 'lost') return new Set(changes.slice(0, durable));
  const share = keeping(mood);
  if (random.chance(0.3)) return new Set(changes.slice(0, durable + random.below(pending + 1)));
  const kept = new Set(changes.slice(0, durable));
  for (const change of changes.slice(durable)) {
    const isRename = change.after !== undefined && changes.includes(change.after);
    // The two names of a rename go mostly together.
    if (isRename ? kept.has(change.after) && random.chance(0.8) : random.chance(share)) kept.add(change);
  }
  return kept;
}

type Fate = 'lost' | 'kept' | 'prefix' | 'pages' | 'zeros' | 'garbage';

/** What of a file's bytes and size is on the disk. */
function bytesAfter(file: FileNode, options: CrashOptions, explain: (text: string) => void): Buffer {
  const { random, mood } = options;
  const pending = file.changes.slice(file.durable);
  if (pending.length === 0) return bytesOf(file.changes);
  const share = keeping(mood);
  const fate: Fate = random.chance(share)
    ? 'kept'
    : mood === 'lost' || random.chance(0.3)
      ? 'lost'
      : random.pick(['prefix', 'pages', 'zeros', 'garbage']);
  if (fate === 'kept') return bytesOf(file.changes);
  const durable = file.changes.slice(0, file.durable);
  const bytes = fate === 'lost' ? bytesOf(durable) : tornBytes(fate, durable, pending, random);
  explain(`file /${file.path}: ${pending.length} changes after the last sync, ${fate}: ${bytes.length} bytes`);
  return bytes;
}

function tornBytes(fate: Fate, durable: readonly Change[], pending: readonly Change[], random: Random): Buffer {
  if (fate === 'prefix') {
    const whole = random.below(pending.length);
    const torn = pending[whole]!;
    const kept = [...durable, ...pending.slice(0, whole)];
    if (torn.kind === 'resize') return bytesOf(kept);
    // Up to a sector or a page boundary of the file.
    const unit = random.pick([sectorBytes, pageBytes]);
    const boundary = Math.floor((torn.offset + random.below(torn.data.length + 1)) / unit) * unit;
    const data = torn.data.subarray(0, Math.max(0, boundary - torn.offset));
    return bytesOf([...kept, { ...torn, data }]);
  }
  if (fate === 'pages') return somePages(durable, pending, random);
  // The size is there and the bytes are not: a hole, or what was on those blocks before. What the file had already stays as it was.
  const before = bytesOf(durable);
  const size = bytesOf([...durable, ...pending]).length;
  const bytes = Buffer.alloc(size, fate === 'zeros' ? 0 : 0xa5);
  before.copy(bytes);
  return bytes;
}

/** Each page as it was after some number of the writes to it; one of them torn between two sectors; the size with or without its growth. */
function somePages(durable: readonly Change[], pending: readonly Change[], random: Random): Buffer {
  const touching = new Map<number, number>();
  const pagesOf = (change: Change): readonly number[] => {
    if (change.kind === 'resize' || change.data.length === 0) return [];
    const first = Math.floor(change.offset / pageBytes);
    const count = Math.floor((change.offset + change.data.length - 1) / pageBytes) - first + 1;
    return Array.from({ length: count }, (_, index) => first + index);
  };
  for (const change of pending) for (const page of pagesOf(change)) touching.set(page, (touching.get(page) ?? 0) + 1);
  const left = new Map([...touching].map(([page, count]) => [page, random.below(count + 1)]));
  const torn = random.pick([...touching.keys(), -1]);
  const kept: Change[] = [...durable];
  for (const change of pending) {
    if (change.kind === 'resize') {
      if (random.chance(0.7)) kept.push(change);
      continue;
    }
    for (const page of pagesOf(change)) {
      const turns = left.get(page)!;
      if (turns === 0) continue;
      left.set(page, turns - 1);
      const start = Math.max(change.offset, page * pageBytes);
      let end = Math.min(change.offset + change.data.length, (page + 1) * pageBytes);
      if (page === torn && turns === 1)
        end = Math.max(start, Math.min(end, page * pageBytes + sectorBytes * random.below(8)));
      kept.push({ ...change, offset: start, data: change.data.subarray(start - change.offset, end - change.offset) });
    }
  }
  if (random.chance(0.5)) kept.push({ kind: 'resize', at: 0, size: bytesOf([...durable, ...pending]).length });
  return bytesOf(kept);
}
