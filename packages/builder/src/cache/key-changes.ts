import type { KeyRecord } from './key-record.ts';

/** What of a key is not as it was. Values are shown where a reader may see them; those of variables never are. */
export type KeyChange =
  /** What the step starts from: the base, or what an earlier step made. */
  | { readonly what: 'file-system' }
  /** A stage or an image that files are copied from. */
  | { readonly what: 'source' }
  | {
      readonly what: 'files';
      readonly added: number;
      readonly removed: number;
      readonly changed: number;
      /** The first of them by path, at most `maxShownFiles`. */
      readonly first: readonly FileChange[];
    }
  | { readonly what: 'variable'; readonly name: string; readonly how: 'added' | 'removed' | 'changed' }
  /** The instruction, or a setting: `part` is its name in the key. */
  | {
      readonly what: 'part';
      readonly part: string;
      readonly before?: string | undefined;
      readonly after?: string | undefined;
    };

export interface FileChange {
  readonly path: string;
  readonly how: 'added' | 'removed' | 'content' | 'mode' | 'type' | 'target';
  /** Of a mode: `0644`. */
  readonly before?: string | undefined;
  readonly after?: string | undefined;
}

const maxShownFiles = 10;
/** The order in which changes are told: what a person did comes before what follows from it. */
const order: readonly KeyChange['what'][] = ['part', 'variable', 'files', 'source', 'file-system'];

/** What differs between two keys, the most telling first; empty only for equal keys. */
export function changesBetween(before: KeyRecord, after: KeyRecord): readonly KeyChange[] {
  const changes: KeyChange[] = [];
  if (before.kind !== after.kind) changes.push({ what: 'part', part: 'kind', before: before.kind, after: after.kind });
  const names = new Set([...Object.keys(before.parts), ...Object.keys(after.parts)]);
  // `chosen` counts what was copied: the files themselves tell more.
  if (after.files !== undefined && before.files !== undefined) names.delete('chosen');
  for (const name of names) {
    const [old, now] = [before.parts[name], after.parts[name]];
    if (JSON.stringify(old) !== JSON.stringify(now)) changes.push(...changesOf(name, old, now, before, after));
  }
  if (changes.length === 0 && before.digest !== after.digest) changes.push({ what: 'part', part: 'version' });
  return changes.toSorted((one, other) => order.indexOf(one.what) - order.indexOf(other.what));
}

type Value = string | readonly string[] | undefined;

function changesOf(name: string, old: Value, now: Value, before: KeyRecord, after: KeyRecord): readonly KeyChange[] {
  if (name === 'fileSystem') return [{ what: 'file-system' }];
  if (name === 'content') return [contentChange(before, after)];
  if (name === 'environment') return variableChanges(listOf(old), listOf(now));
  if (name === 'packages')
    return [{ what: 'part', part: name, before: without(old, now)?.join(', '), after: without(now, old)?.join(', ') }];
  return [{ what: 'part', part: name, before: textOf(old), after: textOf(now) }];
}

/** Of many packages those that are not in the other list, the first of them; a digest is shortened. */
function without(list: Value, other: Value): readonly string[] | undefined {
  const rest = listOf(list).filter((one) => !listOf(other).includes(one));
  const shown = rest.slice(0, maxShownFiles).map((one) => one.replace(/ ([0-9a-f]{12})[0-9a-f]{52}$/, ' $1'));
  if (rest.length > shown.length) shown.push(`and ${rest.length - shown.length} more`);
  return shown.length === 0 ? undefined : shown;
}

function contentChange(before: KeyRecord, after: KeyRecord): KeyChange {
  if (before.files === undefined || after.files === undefined) return { what: 'source' };
  let [added, removed, changed] = [0, 0, 0];
  const all: FileChange[] = [];
  const note = (change: FileChange): void => {
    if (all.length < maxShownFiles) all.push(change);
  };
  const paths = [...new Set([...before.files.keys(), ...after.files.keys()])];
  const different = paths.filter((path) => before.files?.get(path) !== after.files?.get(path)).sort();
  for (const path of different) {
    const [old, now] = [before.files.get(path), after.files.get(path)];
    if (old === undefined) added += 1;
    else if (now === undefined) removed += 1;
    else changed += 1;
    note(fileChange(path, old, now));
  }
  // Of a folder that is new everything in it is; what is past the bound only counts.
  const unlisted = after.unlisted - before.unlisted;
  return {
    ...{ what: 'files', changed, first: all },
    added: added + Math.max(0, unlisted),
    removed: removed + Math.max(0, -unlisted),
  };
}

function fileChange(path: string, old: string | undefined, now: string | undefined): FileChange {
  if (old === undefined) return { path, how: 'added' };
  if (now === undefined) return { path, how: 'removed' };
  const [[oldType, oldMode, oldContent], [type, mode, content]] = [old.split(' '), now.split(' ')];
  if (oldType !== type) return { path, how: 'type', before: oldType, after: type };
  if (oldContent !== content) return { path, how: type === 'symlink' ? 'target' : 'content' };
  return { path, how: 'mode', before: oldMode, after: mode };
}

function variableChanges(old: readonly string[], now: readonly string[]): readonly KeyChange[] {
  const [before, after] = [byName(old), byName(now)];
  const changes = [...new Set([...before.keys(), ...after.keys()])].flatMap((name): KeyChange[] => {
    const [one, other] = [before.get(name), after.get(name)];
    if (one === other) return [];
    const how = one === undefined ? 'added' : other === undefined ? 'removed' : 'changed';
    return [{ what: 'variable', name, how }];
  });
  return changes.length > 0 ? changes : [{ what: 'part', part: 'order of the variables' }];
}

function byName(list: readonly string[]): Map<string, string> {
  return new Map(list.map((entry) => [entry.split('=', 1)[0] ?? '', entry]));
}

function listOf(value: Value): readonly string[] {
  return value === undefined ? [] : typeof value === 'string' ? [value] : value;
}

function textOf(value: Value): string | undefined {
  return value === undefined || typeof value === 'string' ? value : value.join(' ');
}
