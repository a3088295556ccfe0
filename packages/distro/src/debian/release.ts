import { LadingError } from '@lading/errors';
import { type Paragraph, parseParagraph } from './control.ts';

/** An index that a Release file vouches for. */
export interface ReleaseFile {
  /** Relative to the folder of the Release file. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** 64 lower-case hexadecimal digits. */
  readonly sha256: string;
}

/** A suite's Release file: what is in the archive, with hashes. Debian repository format §Release files. */
export interface Release {
  readonly origin: string | undefined;
  readonly label: string | undefined;
  readonly suite: string | undefined;
  readonly codename: string | undefined;
  /** Seconds since 1970. */
  readonly date: number;
  /** Seconds since 1970; after it the file must not be trusted as current. */
  readonly validUntil: number | undefined;
  readonly acquireByHash: boolean;
  readonly architectures: readonly string[];
  /** True when packages for all architectures are in the index of each, so that `binary-all` need not be read. */
  readonly allInEveryIndex: boolean;
  readonly components: readonly string[];
  /** By path. */
  readonly files: ReadonlyMap<string, ReleaseFile>;
}

/** Reads the text of a Release file, without its signature. Throws CONTROL_INVALID. */
export function parseRelease(data: Uint8Array | string): Release {
  const paragraph = parseParagraph(data);
  const validUntil = paragraph.get('Valid-Until');
  return {
    origin: paragraph.get('Origin'),
    label: paragraph.get('Label'),
    suite: paragraph.get('Suite'),
    codename: paragraph.get('Codename'),
    date: parseDate('Date', paragraph.get('Date') ?? ''),
    validUntil: validUntil === undefined ? undefined : parseDate('Valid-Until', validUntil),
    acquireByHash: paragraph.get('Acquire-By-Hash') === 'yes',
    architectures: words(paragraph, 'Architectures'),
    allInEveryIndex:
      !words(paragraph, 'Architectures').includes('all') ||
      words(paragraph, 'No-Support-for-Architecture-all').includes('Packages'),
    components: words(paragraph, 'Components'),
    files: parseFiles(paragraph.get('SHA256') ?? ''),
  };
}

function words(paragraph: Paragraph, name: string): readonly string[] {
  return (paragraph.get(name) ?? '').split(/\s+/).filter((word) => word !== '');
}

// `Sat, 11 Jul 2026 10:16:37 UTC`: RFC 2822 with a named zone, which must be UTC.
function parseDate(field: string, text: string): number {
  const utc = /^(?:[A-Z][a-z]{2}, )?\d{1,2} [A-Z][a-z]{2} \d{4} \d{1,2}:\d{2}:\d{2} (?:UTC|GMT|Z|\+0000)$/.test(text);
  const time = utc ? Date.parse(text.replace(/ (?:UTC|Z|\+0000)$/, ' GMT')) : Number.NaN;
  if (!Number.isNaN(time)) return Math.floor(time / 1000);
  throw new LadingError(
    'CONTROL_INVALID',
    `Cannot read a Release file: ${field} "${text.slice(0, 80)}" is not a date in UTC`,
  );
}

function parseFiles(text: string): ReadonlyMap<string, ReleaseFile> {
  const files = new Map<string, ReleaseFile>();
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const match = /^\s*([0-9a-fA-F]{64})\s+([0-9]{1,15})\s+(\S+)\s*$/.exec(line);
    const [, sha256 = '', size = '', path = ''] = match ?? [];
    if (match === null || path.startsWith('/') || path.split('/').includes('..')) {
      throw new LadingError(
        'CONTROL_INVALID',
        `Cannot read a Release file: "${line.trim().slice(0, 200)}" is not a file entry`,
      );
    }
    files.set(path, { path, size: Number(size), sha256: sha256.toLowerCase() });
  }
  return files;
}
