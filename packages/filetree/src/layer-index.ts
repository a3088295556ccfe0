import { crc32 } from 'node:zlib';
import { decodeName, type EntryType, encodeName } from '@lading/tar';
import type { FileNode } from './file-node.ts';
import { type OwnNode, ownTree } from './internal/own-tree.ts';
import type { Layer } from './layer.ts';

/**
 * A layer's table of contents in a form that is used where it lies: columns of numbers, folders with their members side by side. A tree over
 * it (`unionOfIndexes`) makes nodes of what is asked for alone, so that a layer of half a million files costs the reading of one file.
 */
export interface LayerIndex {
  /** The folders in which the layer hides something of those below it, by path. */
  readonly hidden: ReadonlyMap<string, HiddenIn>;
  /** What stands at a place; the root is at 0. */
  at(place: number): IndexedNode;
  /** The places of what the layer itself has in the folder at a place. */
  membersOf(place: number): { readonly from: number; readonly to: number };
  nameOf(place: number): string;
}

export interface HiddenIn {
  readonly all: boolean;
  readonly names: readonly string[];
}

export interface IndexedNode {
  /** Without its path, which the index has only in parts. */
  readonly node: Omit<FileNode, 'path'>;
  /** A folder that the layer only implies by naming something in it. */
  readonly implied: boolean;
}

const version = 1;
const types: readonly EntryType[] = ['file', 'directory', 'symlink', 'hardlink', 'character', 'block', 'fifo'];
const headFields = 4;
const doubleColumns = ['size', 'mtime', 'contentOffset'] as const;
const wordColumns = ['kind', 'uid', 'gid', 'nameEnd', 'firstMember', 'members', 'extra'] as const;
const bytesPerNode = doubleColumns.length * 8 + wordColumns.length * 4;
const none = 0xffff_ffff;
const impliedBit = 1 << 20;

/**
 * The index of a layer as bytes. Undefined for one whose meaning depends on the layers below it or on the order of its entries: paths that
 * come twice or lead through its own links, hard links to what only others have. Such layers are rare; `union` takes them.
 */
export function encodeLayerIndex(layer: Layer): Buffer | undefined {
  const root = ownTree(layer);
  if (root === undefined) return undefined;
  const nodes: OwnNode[] = [root];
  const [firstMember, members]: [number[], number[]] = [[], []];
  for (const own of nodes) {
    firstMember.push(nodes.length);
    members.push(own.members?.size ?? 0);
    for (const member of own.members?.values() ?? []) nodes.push(member);
  }
  const count = nodes.length;
  const doubles = doubleColumns.map(() => new Float64Array(count));
  const words = wordColumns.map(() => new Uint32Array(count));
  const [sizes, mtimes, offsets] = doubles as [Float64Array, Float64Array, Float64Array];
  const [kinds, uids, gids, nameEnds, firsts, counts, extraPlaces] = words as [
    ...[Uint32Array, Uint32Array, Uint32Array, Uint32Array, Uint32Array, Uint32Array, Uint32Array],
  ];
  const names: Buffer[] = [];
  const extras: Extra[] = [];
  let nameEnd = 0;
  for (const [place, { node, implied, name }] of nodes.entries()) {
    const bytes = Buffer.from(encodeName(name));
    nameEnd += bytes.length;
    names.push(bytes);
    sizes[place] = node.size;
    mtimes[place] = node.mtime;
    offsets[place] = node.contentOffset ?? -1;
    kinds[place] = node.mode | (types.indexOf(node.type) << 16) | (implied ? impliedBit : 0);
    uids[place] = node.uid;
    gids[place] = node.gid;
    nameEnds[place] = nameEnd;
    firsts[place] = firstMember[place] ?? 0;
    counts[place] = members[place] ?? 0;
    const extra = extraOf(node);
    extraPlaces[place] = extra === undefined ? none : extras.push(extra) - 1;
  }
  const extraBytes = Buffer.from(JSON.stringify(extras));
  const hidden = Buffer.from(JSON.stringify([...hiddenIn(layer)]));
  const head = Float64Array.of(version, count, nameEnd, extraBytes.length);
  const columns = [...doubles, ...words].map(({ buffer }) => Buffer.from(buffer));
  const body = Buffer.concat([Buffer.from(head.buffer), ...columns, ...names, extraBytes, hidden]);
  const check = Buffer.alloc(4);
  check.writeUInt32LE(crc32(body));
  return Buffer.concat([body, check]);
}

/** Undefined for bytes that are no whole index of this version. */
export function decodeLayerIndex(bytes: Buffer): LayerIndex | undefined {
  const headBytes = headFields * 8;
  if (bytes.length < headBytes + 4 || bytes.readUInt32LE(bytes.length - 4) !== crc32(bytes.subarray(0, -4)))
    return undefined;
  // A copy where columns would not be aligned.
  const { buffer, byteOffset } = bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes);
  const [found, count = 0, nameBytes = 0, extraBytes = 0] = new Float64Array(buffer, byteOffset, headFields);
  if (found !== version) return undefined;
  const wordsAt = headBytes + doubleColumns.length * 8 * count;
  const [sizes, mtimes, offsets] = doubleColumns.map(
    (_, column) => new Float64Array(buffer, byteOffset + headBytes + column * 8 * count, count),
  ) as [Float64Array, Float64Array, Float64Array];
  const [kinds, uids, gids, nameEnds, firsts, counts, extraPlaces] = wordColumns.map(
    (_, column) => new Uint32Array(buffer, byteOffset + wordsAt + column * 4 * count, count),
  ) as [Uint32Array, Uint32Array, Uint32Array, Uint32Array, Uint32Array, Uint32Array, Uint32Array];
  const namesAt = headBytes + bytesPerNode * count;
  const extrasAt = namesAt + nameBytes;
  const hiddenAt = extrasAt + extraBytes;
  let extras: readonly Extra[] | undefined;
  const number = (column: Float64Array | Uint32Array, place: number): number => column[place] ?? 0;
  return {
    hidden: new Map(JSON.parse(bytes.toString('utf8', hiddenAt, bytes.length - 4)) as [string, HiddenIn][]), // our own, checked
    nameOf: (place) =>
      decodeName(
        bytes.subarray(namesAt + (place === 0 ? 0 : number(nameEnds, place - 1)), namesAt + number(nameEnds, place)),
      ),
    membersOf: (place) => {
      const from = number(firsts, place);
      return { from, to: from + number(counts, place) };
    },
    at(place) {
      const [kind, contentOffset] = [number(kinds, place), number(offsets, place)];
      const extraAt = number(extraPlaces, place);
      extras ??= extraAt === none ? undefined : (JSON.parse(bytes.toString('utf8', extrasAt, hiddenAt)) as Extra[]); // our own, checked
      const node: Omit<FileNode, 'path'> = {
        type: types[(kind >>> 16) & 0xf] ?? 'file',
        mode: kind & 0xffff,
        uid: number(uids, place),
        gid: number(gids, place),
        size: number(sizes, place),
        mtime: number(mtimes, place),
        ...(contentOffset < 0 ? {} : { contentOffset }),
        ...(extraAt === none ? {} : fieldsOf(extras?.[extraAt])),
      };
      return { node, implied: (kind & impliedBit) !== 0 };
    },
  };
}

/** What few nodes have. */
type Extra = Partial<
  Pick<FileNode, 'linkPath' | 'userName' | 'groupName' | 'deviceMajor' | 'deviceMinor' | 'hardLinkOf' | 'sha256'>
> & { readonly attributes?: readonly (readonly [name: string, hex: string])[] };

function extraOf(node: FileNode): Extra | undefined {
  const { linkPath, userName, groupName, deviceMajor, deviceMinor, hardLinkOf, sha256, xattrs } = node;
  const attributes =
    xattrs === undefined ? undefined : [...xattrs].map(([name, value]) => [name, Buffer.from(value).toString('hex')]);
  const extra = { linkPath, userName, groupName, deviceMajor, deviceMinor, hardLinkOf, sha256, attributes };
  const known = Object.entries(extra).filter(([, value]) => value !== undefined);
  return known.length === 0 ? undefined : (Object.fromEntries(known) as Extra); // of the members above
}

function fieldsOf({ attributes, ...fields }: Extra = {}): Partial<FileNode> {
  if (attributes === undefined) return fields;
  return { ...fields, xattrs: new Map(attributes.map(([name, hex]) => [name, Buffer.from(hex, 'hex')])) };
}

function hiddenIn({ whiteouts }: Layer): ReadonlyMap<string, HiddenIn> {
  const hidden = new Map<string, { all: boolean; names: string[] }>();
  for (const { kind, path } of whiteouts) {
    const slash = path.lastIndexOf('/');
    const folder = kind === 'opaque' ? path : path.slice(0, Math.max(slash, 0));
    const here = hidden.get(folder) ?? { all: false, names: [] };
    hidden.set(folder, here);
    if (kind === 'opaque') here.all = true;
    else here.names.push(path.slice(slash + 1));
  }
  return hidden;
}
