import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { type Digest, digestOf, hexOf, isDigest } from '@lading/oci';
import type { StepKey } from './step-key.ts';

/**
 * What a key was made of, as it is kept to explain later misses: no key can be computed from it. Values of variables are marks, for a build
 * argument may be what nobody should read.
 */
export interface KeyRecord {
  readonly digest: Digest;
  readonly kind: string;
  readonly parts: Readonly<Record<string, string | readonly string[]>>;
  readonly files?: ReadonlyMap<string, string> | undefined;
  /** Files that are not listed because there were too many. */
  readonly unlisted: number;
}

/** Parts whose `NAME=value` texts are kept without their values. */
const withoutValues: ReadonlySet<string> = new Set(['environment']);
/** Longer values are kept as a mark. */
const maxValue = 400;
const maxFiles = 200_000;
/** A record that is larger than this when unpacked was not written here. */
const maxBytes = 256 << 20;
const separator = '\n\n';

export function recordOf({ digest, kind, parts, files }: StepKey): KeyRecord {
  const kept: Record<string, string | readonly string[]> = {};
  for (const [name, value] of Object.entries(parts)) {
    if (value === undefined) continue;
    const keep = withoutValues.has(name) ? withoutValue : shortened;
    kept[name] = typeof value === 'string' ? keep(value) : value.map(keep);
  }
  if (files === undefined) return { digest, kind, parts: kept, unlisted: 0 };
  const listed = new Map<string, string>();
  let unlisted = 0;
  for (const file of files()) {
    if (listed.size < maxFiles) listed.set(file.path, shortDigest(file.mark));
    else unlisted += 1;
  }
  return { digest, kind, parts: kept, files: listed, unlisted };
}

/** A line of JSON, an empty line, and a line for each file; compressed. */
export function encodeRecord({ digest, kind, parts, files, unlisted }: KeyRecord): Buffer {
  const head = JSON.stringify({ digest, kind, parts, unlisted });
  const lines: string[] = [];
  for (const file of files ?? []) lines.push(hasBreak(file) ? JSON.stringify(file) : `${file[1]}\t${file[0]}`);
  return zstdCompressSync(files === undefined ? head : head + separator + lines.join('\n'));
}

/** Undefined for what cannot be read: then there is no explanation, and nothing else. */
export function parseRecord(bytes: Uint8Array): KeyRecord | undefined {
  try {
    const text = zstdDecompressSync(bytes, { maxOutputLength: maxBytes }).toString('utf8');
    const end = text.indexOf(separator);
    const head = JSON.parse(end < 0 ? text : text.slice(0, end)) as KeyRecord; // our own file
    if (!isDigest(head.digest) || typeof head.parts !== 'object' || head.parts === null) return undefined;
    return end < 0 ? head : { ...head, files: parseFiles(text.slice(end + separator.length)) };
  } catch {
    return undefined;
  }
}

function parseFiles(text: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const line of text.split('\n')) {
    const tab = line.indexOf('\t');
    if (line.startsWith('[')) files.set(...(JSON.parse(line) as [string, string]));
    else if (tab >= 0) files.set(line.slice(tab + 1), line.slice(0, tab));
  }
  return files;
}

function hasBreak([path, mark]: readonly [string, string]): boolean {
  return path.includes('\n') || mark.includes('\n') || mark.includes('\t') || mark.startsWith('[');
}

function withoutValue(text: string): string {
  const equals = text.indexOf('=');
  return equals < 0 ? text : `${text.slice(0, equals)}=${shortMark(text)}`;
}

function shortened(text: string): string {
  return text.length <= maxValue ? text : `${text.slice(0, 60)}… (${text.length} characters, ${shortMark(text)})`;
}

/** Of a digest at the end, which most marks have, so much that two are never alike by chance. */
function shortDigest(mark: string): string {
  const at = mark.startsWith('file ') ? mark.indexOf('sha256:') : -1;
  return at < 0 ? mark : mark.slice(0, at + 7 + 16);
}

/** Enough to see that something changed, too little to find out what it was. */
export function shortMark(text: string | Uint8Array): string {
  return hexOf(digestOf(text)).slice(0, 12);
}
