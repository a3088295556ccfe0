import { pathText } from '../analysis/path-text.ts';
import { printableLine } from '../printable.ts';
import { formatBytes } from '../progress.ts';
import type { FileChange, FileFacts, ImageDiff } from './image-diff.ts';

/** `lading diff` for people: `-` is the first image, `+` the second. At most `rows` files; lines of at most `width` columns. */
export function diffText(diff: ImageDiff, { rows, width }: { readonly rows: number; readonly width: number }): string {
  const { before, after, config, history, layers, packages, files } = diff;
  const change = after.size - before.size;
  const sections = [
    [
      `- ${printableLine(`${before.name} (${before.platform})`)} ${formatBytes(before.size)}`,
      `+ ${printableLine(`${after.name} (${after.platform})`)} ${formatBytes(after.size)}, ${signed(change)}`,
    ],
    section(
      'CONFIG',
      config?.flatMap(({ member, before: one, after: other }) => sides(member, one, other)),
    ),
    section(
      history ? `HISTORY after ${history.shared} shared` : 'HISTORY',
      history && [...history.before.map((line) => `- ${line}`), ...history.after.map((line) => `+ ${line}`)],
    ),
    layers === undefined || (layers.shared === layers.before && layers.shared === layers.after)
      ? []
      : [
          'LAYERS',
          `  ${layers.shared} shared of ${layers.before} and ${layers.after}; ${formatBytes(layers.transfer)} to pull where the first is`,
        ],
    section(
      'PACKAGES',
      packages?.flatMap(({ name, before: one, after: other }) => sides(name, listed(one), listed(other))),
    ),
    fileSection(files ?? [], rows),
    diff.equal ? [equalText(before.digest === after.digest)] : [],
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.map((line) => fitted(line, width)).join('\n'))
    .join('\n\n');
}

/** Images that are the same in everything that is compared may still be stored differently. */
function equalText(sameDigest: boolean): string {
  return sameDigest
    ? 'the same image'
    : 'no difference, although the digests differ: in compression, media types or what was not compared';
}

function section(title: string, lines: readonly string[] | null | undefined): string[] {
  if (lines === null || lines === undefined || lines.length === 0) return [];
  return [title, ...lines.map((line) => `${line.slice(0, 2)}${printableLine(line.slice(2))}`)];
}

function sides(name: string, before: string | undefined, after: string | undefined): string[] {
  if (before === undefined) return [`+ ${name}${after === '' ? '' : ` ${after}`}`];
  if (after === undefined) return [`- ${name}${before === '' ? '' : ` ${before}`}`];
  return [`~ ${name} ${before} → ${after}`];
}

/** The versions of a package; none where it is not installed. */
function listed(versions: readonly string[]): string | undefined {
  return versions.length === 0 ? undefined : versions.join(', ');
}

function fileSection(files: readonly FileChange[], rows: number): string[] {
  if (files.length === 0) return [];
  const lines = folded(files);
  const more = lines.length - rows;
  const counts = (['added', 'changed', 'removed'] as const)
    .map((kind) => `${files.filter((file) => file.kind === kind).length} ${kind}`)
    .join(', ');
  return [`FILES ${counts}`, ...lines.slice(0, rows), ...(more > 0 ? [`  and ${more} more; --all shows them`] : [])];
}

/** One line for each change; a directory that came or went stands for what was in it. */
function folded(files: readonly FileChange[]): string[] {
  const lines: string[] = [];
  for (let at = 0; at < files.length; at += 1) {
    const change = files[at]!;
    const facts = (change.after ?? change.before)!;
    const sign = { added: '+', removed: '-', changed: '~' }[change.kind];
    if (change.kind === 'changed') {
      lines.push(
        `${sign} ${pathText(change.path)}  ${(change.aspects ?? []).map((aspect) => told(aspect, change)).join(', ')}`,
      );
      continue;
    }
    let [count, size] = [0, facts.size];
    while (facts.type === 'directory') {
      const next = files[at + 1];
      if (next?.kind !== change.kind || !next.path.startsWith(`${change.path}/`)) break;
      const { type, size: bytes } = (next.after ?? next.before)!;
      if (type !== 'directory') count += 1;
      size += bytes;
      at += 1;
    }
    const inside = facts.type === 'directory' ? `/  ${count} ${count === 1 ? 'file' : 'files'}, ` : '  ';
    lines.push(
      `${sign} ${pathText(change.path)}${inside}${facts.linkPath === undefined || facts.type === 'file' ? formatBytes(size) : `→ ${pathText(facts.linkPath).slice(1)}`}`,
    );
  }
  return lines;
}

/** What the two sides have for an aspect. */
function told(aspect: string, { before, after }: FileChange): string {
  const values: Readonly<Record<string, (facts: FileFacts) => string>> = {
    type: ({ type }) => type,
    content: ({ size }) => formatBytes(size),
    link: ({ linkPath = '' }) => pathText(linkPath).slice(1),
    mode: ({ mode }) => mode,
    owner: ({ uid, gid }) => `${uid}:${gid}`,
  };
  const value = values[aspect];
  if (value === undefined || before === undefined || after === undefined) return aspect;
  const [one, other] = [value(before), value(after)];
  return one === other ? `${aspect} (${one})` : `${aspect} ${one} → ${other}`;
}

function signed(bytes: number): string {
  return bytes === 0 ? 'the same size' : `${bytes < 0 ? '−' : '+'}${formatBytes(Math.abs(bytes))}`;
}

function fitted(line: string, width: number): string {
  return line.length > width ? `${line.slice(0, width - 1)}…` : line;
}
