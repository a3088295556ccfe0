import { createHash } from 'node:crypto';
import { collect, fromBuffer } from '@lading/bytes';
import { diff, type FileNode, type FileTree, type Layer as LayerTree, readLayer, union } from '@lading/filetree';
import type { Image, Layer } from '@lading/image';
import type { Digest } from '@lading/oci';
import { readTar } from '@lading/tar';

/** What an image is besides its times and how its layers are cut: one line for each path, and its config. */
export interface Outcome {
  /** `0644 0:0 etc/motd "hello\n"`, in byte order; with a base only what differs from it, `- path` for what is gone. */
  readonly tree: string;
  /** JSON of the members of `config`, and author, as far as they differ from the base's. */
  readonly config: string;
}

interface Contents {
  readonly tree: LayerTree;
  /** By the place of the content in the archive. */
  readonly texts: ReadonlyMap<number, string>;
}

/** Layers by diffId: the base of many cases is read once. */
const read = new Map<Digest, Promise<Contents>>();
const maxShown = 72;

/** Describes an image; where its lowest layer is that of `alpine`, as what differs from it. */
export async function describeImage(image: Image, alpine: Image): Promise<Outcome> {
  const base = image.layers[0]?.diffId === alpine.layers[0]?.diffId ? alpine : undefined;
  const layers = await Promise.all(image.layers.map(contentsOf));
  const shared = base === undefined ? [] : await Promise.all(base.layers.map(contentsOf));
  const tree = union(layers.map((layer) => layer.tree));
  const below = union(shared.map((layer) => layer.tree));
  return { tree: lines(below, tree, layers).join('\n'), config: configOf(image, base) };
}

function lines(below: FileTree, tree: FileTree, layers: readonly Contents[]): string[] {
  const changes = diff(below, tree).filter(({ path }) => path !== '');
  return changes.flatMap((change) => {
    if (change.kind === 'deleted') return `- ${change.path}`;
    const line = describe(change.after, layers);
    // Layers that write a path again as it was change nothing that anybody can see.
    return change.kind === 'modified' && line === describe(change.before, layers) ? [] : line;
  });
}

function describe(node: FileNode, layers: readonly Contents[]): string {
  const facts = [node.mode.toString(8).padStart(4, '0'), `${node.uid}:${node.gid}`];
  if (node.type === 'directory') return [...facts, `${node.path}/`, ...xattrsOf(node)].join(' ');
  facts.push(node.path, ...xattrsOf(node));
  if (node.type === 'symlink') facts.push('->', node.linkPath ?? '');
  else if (node.hardLinkOf !== undefined) facts.push('=', node.hardLinkOf);
  else if (node.type === 'file') facts.push(textOf(node, layers));
  else facts.push(node.type);
  return facts.join(' ');
}

function textOf(node: FileNode, layers: readonly Contents[]): string {
  if (node.size === 0) return '""';
  return layers[node.layer ?? -1]?.texts.get(node.contentOffset ?? -1) ?? 'content that was not found';
}

function xattrsOf({ xattrs }: FileNode): string[] {
  const list = [...(xattrs ?? [])].map(([name, value]) => `${name}=${Buffer.from(value).toString('hex')}`);
  return list.length === 0 ? [] : [`{${list.sort().join(',')}}`];
}

function contentsOf(layer: Layer): Promise<Contents> {
  let contents = read.get(layer.diffId);
  if (contents === undefined) {
    contents = readContents(layer);
    read.set(layer.diffId, contents);
  }
  return contents;
}

async function readContents(layer: Layer): Promise<Contents> {
  const tar = await collect(await layer.uncompressed(), { maxBytes: 256 << 20, what: 'a layer of a case' });
  const texts = new Map<number, string>();
  for await (const entry of readTar(fromBuffer(tar))) {
    if (entry.type !== 'file' || entry.contentOffset === undefined) continue;
    const content = await collect(entry.content, { maxBytes: 256 << 20, what: entry.path });
    const text = content.toString('utf8');
    const short = text.length <= maxShown && Buffer.from(text).equals(content);
    texts.set(entry.contentOffset, short ? JSON.stringify(text) : `${content.length} bytes, sha256 ${hash(content)}`);
  }
  return { tree: await readLayer(fromBuffer(tar)), texts };
}

function hash(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 16);
}

/** What Docker notes of the container that an image was committed from. */
const ofContainers: ReadonlySet<string> = new Set(['Hostname', 'Domainname', 'Image']);

function configOf({ config }: Image, base: Image | undefined): string {
  const members = saying({ ...config.config, author: config.author });
  const before = saying({ ...base?.config.config });
  const names = [...new Set([...members.keys(), ...before.keys()])].sort();
  const changed = names.filter((name) => JSON.stringify(members.get(name)) !== JSON.stringify(before.get(name)));
  return JSON.stringify(Object.fromEntries(changed.map((name) => [name, members.get(name) ?? null])), undefined, 1);
}

/** The members that say something: no empty ones, no `false`, and the names of records in order. */
function saying(members: Readonly<Record<string, unknown>>): ReadonlyMap<string, unknown> {
  const kept = new Map<string, unknown>();
  for (const [name, value] of Object.entries(members)) {
    if (ofContainers.has(name) || !value || (value !== true && Object.keys(value).length === 0)) continue;
    kept.set(name, Array.isArray(value) || typeof value !== 'object' ? value : sorted(value));
  }
  return kept;
}

function sorted(record: object): Record<string, unknown> {
  const entries = Object.entries(record).filter(([, value]) => value !== 0 && value !== null);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
