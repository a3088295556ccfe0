import { createHash } from 'node:crypto';
import type { Io } from '@lading/bytes';
import type { Layer } from '@lading/image';
import { readTar, type TarHeader } from '@lading/tar';

/** A header field of a tar entry, or its content, as messages call it. */
export type EntryField =
  | 'type'
  | 'mode'
  | 'uid'
  | 'gid'
  | 'uname'
  | 'gname'
  | 'size'
  | 'mtime'
  | 'linkname'
  | 'device'
  | 'xattr'
  | 'content';

/** One path that two archives do not have alike. Values are as text: modes octal, content by its SHA-256. */
export type EntryDifference =
  | { readonly kind: 'added' | 'removed'; readonly path: string }
  | {
      readonly kind: 'changed';
      readonly path: string;
      readonly field: EntryField;
      readonly before: string;
      readonly after: string;
    };

export interface LayerDifference {
  /**
   * `entries`: paths differ; `order`: the same entries come in another order; `encoding`: the tar writes them otherwise;
   * `compression`: the tar is the same.
   */
  readonly what: 'entries' | 'order' | 'encoding' | 'compression';
  /** In byte order; of each path every field that differs. */
  readonly entries: readonly EntryDifference[];
  /** The first path that comes elsewhere. */
  readonly firstMoved?: string | undefined;
}

/** What differs between two layers whose digests do. Both are read once; memory grows with the number of entries. */
export async function layerDifference(before: Layer, after: Layer, io: Io = {}): Promise<LayerDifference> {
  if (before.diffId === after.diffId) return { what: 'compression', entries: [] };
  const [old, now] = [await entriesOf(before, io), await entriesOf(after, io)];
  const paths = [...new Set([...old.keys(), ...now.keys()])].sort();
  const entries = paths.flatMap((path) => entryDifferences(path, old.get(path), now.get(path)));
  if (entries.length > 0) return { what: 'entries', entries };
  const order = [...now.keys()];
  const firstMoved = [...old.keys()].find((path, at) => order[at] !== path);
  return { what: firstMoved === undefined ? 'encoding' : 'order', entries, firstMoved };
}

type Fields = Readonly<Record<EntryField, string>>;

async function entriesOf(layer: Layer, io: Io): Promise<ReadonlyMap<string, Fields>> {
  const entries = new Map<string, Fields>();
  for await (const entry of readTar(await layer.uncompressed(io), io)) {
    const hash = createHash('sha256');
    for await (const chunk of entry.content) hash.update(chunk);
    entries.set(entry.path, fieldsOf(entry, entry.type === 'file' ? `sha256:${hash.digest('hex')}` : ''));
  }
  return entries;
}

function fieldsOf(entry: TarHeader, content: string): Fields {
  const { type, mode, uid, gid, userName = '', groupName = '', size, mtime, linkPath = '' } = entry;
  const { deviceMajor, deviceMinor, xattrs = new Map<string, Uint8Array>() } = entry;
  return {
    type,
    mode: mode.toString(8).padStart(4, '0'),
    uid: String(uid),
    gid: String(gid),
    uname: userName,
    gname: groupName,
    size: String(size),
    mtime: timeOf(mtime),
    linkname: linkPath,
    device: deviceMajor === undefined ? '' : `${deviceMajor}:${deviceMinor}`,
    xattr: [...xattrs]
      .map(([name, value]) => `${name}=${Buffer.from(value).toString('base64')}`)
      .sort()
      .join(' '),
    content,
  };
}

function timeOf(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.valueOf()) ? String(seconds) : date.toISOString().replace('.000Z', 'Z');
}

function entryDifferences(path: string, before: Fields | undefined, after: Fields | undefined): EntryDifference[] {
  if (before === undefined || after === undefined) return [{ kind: before === undefined ? 'added' : 'removed', path }];
  const fields = (Object.keys(before) as EntryField[]).filter((field) => before[field] !== after[field]);
  // Another type explains all the rest.
  const told = fields.includes('type') ? (['type'] as const) : fields;
  return told.map((field) => ({ kind: 'changed', path, field, before: before[field], after: after[field] }));
}
