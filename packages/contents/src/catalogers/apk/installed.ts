import { decodeName } from '@lading/tar';
import type { Fact } from '../cataloger.ts';

/**
 * The packages of apk's database of what is installed, and the paths that each owns: a letter, a colon and a value a line, an empty line
 * after each package. `F:` names a folder, the `R:` below it files in there. Source: apk-v2(5), Alpine wiki "Apk spec".
 */
export function* readInstalled(bytes: Buffer): Generator<Fact> {
  const text = decodeName(bytes);
  for (let start = 0; start < text.length; ) {
    let end = text.indexOf('\n\n', start);
    if (end < 0) end = text.length;
    if (text.slice(start, end).trim() !== '') yield* readPackage(text.slice(start, end));
    start = end + 2;
  }
}

function* readPackage(record: string): Generator<Fact> {
  // What a package says of itself comes before the first folder.
  const files = record.search(/^F:/m);
  const fields = new Map<string, string>();
  for (const line of (files < 0 ? record : record.slice(0, files)).split('\n'))
    if (line[1] === ':') fields.set(line[0] ?? '', line.slice(2).trim());
  const value = (letter: string): string | undefined => fields.get(letter) || undefined;
  const [name, version, architecture, license] = [value('P'), value('V'), value('A'), value('L')];
  if (name === undefined || version === undefined) {
    const message = `Passed over a package "${(name ?? '').slice(0, 100)}": its name or version is absent`;
    yield { kind: 'warning', message };
    return;
  }
  yield {
    kind: 'package',
    package: {
      type: 'apk',
      name,
      version,
      architecture: architecture === 'noarch' ? undefined : architecture,
      // All packages of one build have its version.
      source: { name: value('o') ?? name, version },
      supplier: value('m'),
      licenses: license === undefined ? undefined : [license],
      hashes: hashesOf(value('C')),
    },
  };
  if (files >= 0) yield { kind: 'owns', type: 'apk', name, paths: pathsOf(record.slice(files)) };
}

function* pathsOf(record: string): Generator<string> {
  let folder = '';
  for (let start = 0; start < record.length; ) {
    let end = record.indexOf('\n', start);
    if (end < 0) end = record.length;
    const value = record.slice(start + 2, end);
    if (record.startsWith('F:', start)) folder = value === '' ? '' : `${value}/`;
    else if (record.startsWith('R:', start)) yield folder + value;
    start = end + 1;
  }
}

/** `Q1` and a SHA-1, or `Q2` and a SHA-256, in base64: what apk knows a package by, the digest of its control part. */
function hashesOf(checksum: string | undefined): Readonly<Record<string, string>> | undefined {
  const digest = Buffer.from(checksum?.slice(2) ?? '', 'base64').toString('hex');
  if (checksum?.startsWith('Q1') && digest.length === 40) return { sha1: digest };
  if (checksum?.startsWith('Q2') && digest.length === 64) return { sha256: digest };
  return undefined;
}
