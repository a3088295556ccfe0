import { mkdirSync, readFileSync, renameSync, rmSync, type Stats, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Digest, digestOf, hexOf, isDigest } from '@lading/oci';
import { type FileState, fileState, isSettled } from './file-state.ts';

/**
 * Digests of the files of a folder by what the file system says of them, so that a build reads only files that changed since the last one.
 * A file is not remembered that was not settled when it was looked at.
 */
export interface DigestCache {
  find(path: string, stats: Stats): Digest | undefined;
  /** Of a file that was not found, and has been read since. */
  add(path: string, digest: Digest): void;
  /** Writes what is new; a failure costs time, later. */
  save(): void;
}

/** Files of one folder. The oldest are forgotten first. */
const maxFiles = 1_000_000;
const version = 1;
const numbersPerFile = 5;
const digestBytes = 32;

export function openDigestCache(cacheFolder: string, folder: string): DigestCache {
  const file = join(cacheFolder, 'contexts', hexOf(digestOf(folder)).slice(0, 32));
  let loaded: Entries | undefined;
  const added = new Map<string, { readonly numbers: FileState; readonly digest: Digest }>();
  /** What was seen of files before they are read. */
  const asked = new Map<string, FileState>();
  let isNew = false;
  const entries = (): Entries => {
    loaded ??= read(file);
    return loaded;
  };
  return {
    find(path, stats) {
      const known = entries();
      const at = known.places.get(path);
      const numbers = fileState(stats);
      const isSame =
        at !== undefined && numbers.every((number, index) => known.numbers[at * numbersPerFile + index] === number);
      const digest = isSame ? `sha256:${known.digests.toString('hex', at * digestBytes, (at + 1) * digestBytes)}` : '';
      if (isDigest(digest)) {
        added.set(path, { numbers, digest });
        return digest;
      }
      if (isSettled(numbers) && !path.includes('\0')) asked.set(path, numbers);
      return undefined;
    },
    add(path, digest) {
      const numbers = asked.get(path);
      if (numbers === undefined || !digest.startsWith('sha256:')) return;
      asked.delete(path);
      added.set(path, { numbers, digest });
      isNew = true;
    },
    save() {
      if (!isNew) return;
      try {
        write(file, entries(), added);
      } catch {
        // Such as a full disk: the files are read again next time.
      }
    },
  };
}

/** Columns: a name, five numbers and a digest for each file. They are used where they lie, so that many files are soon read. */
interface Entries {
  readonly places: ReadonlyMap<string, number>;
  readonly numbers: Float64Array;
  readonly digests: Buffer;
}

const nothing: Entries = { places: new Map(), numbers: new Float64Array(), digests: Buffer.alloc(0) };

/** The file: version, number of files, check, bytes of names; numbers; digests; names with a NUL between. Anything else counts as absent. */
function read(file: string): Entries {
  try {
    const bytes = readFileSync(file);
    const head = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + headBytes));
    const [found, count = 0, nameBytes = 0] = head;
    const digestsAt = headBytes + count * numbersPerFile * 8;
    const namesAt = digestsAt + count * digestBytes;
    if (found !== version || bytes.length !== namesAt + nameBytes + digestBytes) return nothing;
    if (!digestOfBytes(bytes.subarray(0, -digestBytes)).equals(bytes.subarray(-digestBytes))) return nothing;
    const names = bytes.toString('utf8', namesAt, namesAt + nameBytes).split('\0');
    if (names.length !== count) return nothing;
    return {
      places: new Map(names.map((name, index) => [name, index])),
      numbers: new Float64Array(bytes.buffer.slice(bytes.byteOffset + headBytes, bytes.byteOffset + digestsAt)),
      digests: bytes.subarray(digestsAt, namesAt),
    };
  } catch {
    return nothing;
  }
}

const headBytes = 3 * 8;

function digestOfBytes(bytes: Uint8Array): Buffer {
  return Buffer.from(hexOf(digestOf(bytes)), 'hex');
}

/** What this build saw comes first, then what earlier ones did. */
function write(
  file: string,
  before: Entries,
  seen: ReadonlyMap<string, { readonly numbers: FileState; readonly digest: Digest }>,
): void {
  const kept = [...before.places].filter(([path]) => !seen.has(path)).slice(0, Math.max(0, maxFiles - seen.size));
  const count = seen.size + kept.length;
  const numbers = new Float64Array(count * numbersPerFile);
  const digests = Buffer.alloc(count * digestBytes);
  const names: string[] = [];
  for (const [path, entry] of seen) {
    numbers.set(entry.numbers, names.length * numbersPerFile);
    digests.write(hexOf(entry.digest), names.length * digestBytes, 'hex');
    names.push(path);
  }
  for (const [path, at] of kept) {
    numbers.set(before.numbers.subarray(at * numbersPerFile, (at + 1) * numbersPerFile), names.length * numbersPerFile);
    before.digests.copy(digests, names.length * digestBytes, at * digestBytes, (at + 1) * digestBytes);
    names.push(path);
  }
  const nameBytes = Buffer.from(names.join('\0'), 'utf8');
  const head = new Float64Array([version, count, nameBytes.length]);
  const body = Buffer.concat([asBytes(head), asBytes(numbers), digests, nameBytes]);
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(draft, Buffer.concat([body, digestOfBytes(body)]));
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

function asBytes({ buffer, byteOffset, byteLength }: Float64Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
