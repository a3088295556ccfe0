import { closeSync, constants, openSync, read, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { type TarEntryInput, type TarHeader, writeTar } from '@lading/tar';
import { extract, needGnuTar } from './gnu-tar.ts';
import type { RootFolder } from './root-folder.ts';

const readAt = promisify(read);

/**
 * What Node cannot make: devices, fifos, extended attributes. Collected while a layer is unpacked, then made in one go when
 * nothing else changes any more, and only at paths that go through real directories.
 */
export class SpecialFiles {
  readonly #entries: Map<string, TarHeader> = new Map();
  /** Paths that hard links among the entries point to. */
  readonly #linked: Set<string> = new Set();

  has(path: string): boolean {
    return this.#entries.has(path);
  }

  get(path: string): TarHeader | undefined {
    return this.#entries.get(path);
  }

  /** The header's path must be where the file is, without links. */
  add(header: TarHeader): void {
    // Behind what came before it: a hard link follows its target.
    this.#entries.delete(header.path);
    this.#entries.set(header.path, header);
    if (header.type === 'hardlink' && header.linkPath !== undefined) this.#linked.add(header.linkPath);
  }

  /** Adds an attribute to what is, or will be, at a directory. */
  addXattr(path: string, name: string, value: string): void {
    const present = this.#entries.get(path);
    const xattrs = new Map(present?.xattrs).set(name, Buffer.from(value));
    const plain: TarHeader = { path, type: 'directory', mode: 0o755, uid: 0, gid: 0, size: 0, mtime: 0 };
    this.#entries.set(path, { ...(present ?? plain), xattrs });
  }

  /** Forgets what was at a path, and below it when that was a directory. Hard links to it live on. */
  drop(path: string, below: boolean): void {
    this.#forget(path);
    if (!below) return;
    const prefix = `${path}/`;
    for (const name of [...this.#entries.keys()]) if (name.startsWith(prefix)) this.#forget(name);
  }

  #forget(path: string): void {
    const gone = this.#entries.get(path);
    if (gone === undefined) return;
    this.#entries.delete(path);
    if (!this.#linked.delete(path)) return;
    let heir = gone.type === 'hardlink' ? gone.linkPath : undefined;
    for (const [name, entry] of this.#entries) {
      if (entry.type !== 'hardlink' || entry.linkPath !== path) continue;
      if (heir === undefined) {
        heir = name;
        this.#entries.set(name, { ...gone, path: name });
      } else {
        this.#entries.set(name, { ...entry, linkPath: heir });
      }
    }
    if (heir !== undefined) this.#linked.add(heir);
  }

  async make(
    root: RootFolder,
    directory: string,
    options: { keepOwners: boolean; signal: AbortSignal | undefined },
  ): Promise<void> {
    const entries = [...this.#entries.values()].filter((entry) => {
      // A directory that some entry implied may have taken the place.
      return root.isReal(entry.path) && (root.kind(entry.path) === 'directory') === (entry.type === 'directory');
    });
    if (entries.length === 0) return;
    await needGnuTar('make devices or set extended attributes');
    await extract(writeTar(withContent(root, entries), { signal: options.signal }), directory, options);
  }
}

/** A file with attributes is written anew by tar, out of the one that is already there. */
async function* withContent(root: RootFolder, entries: readonly TarHeader[]): AsyncGenerator<TarEntryInput> {
  for (const entry of entries) {
    if (entry.type !== 'file' || entry.size === 0) {
      yield entry;
      continue;
    }
    // Open before tar sees the header and takes the old file's name away.
    const file = openSync(root.disk(entry.path), constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      yield { ...entry, content: contentOf(file) };
    } finally {
      closeSync(file);
    }
  }
}

async function* contentOf(file: number): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafeSlow(256 << 10);
  for (;;) {
    const { bytesRead } = await readAt(file, buffer, 0, buffer.length, null);
    if (bytesRead === 0) return;
    // tar's pipe may still hold the last piece.
    yield Buffer.from(buffer.subarray(0, bytesRead));
  }
}

/** Devices other than overlay whiteouts can only be made by root outside of user namespaces. */
export function canMakeDevices(): boolean {
  if (process.geteuid?.() !== 0) return false;
  try {
    return /^\s*0\s+0\s+4294967295\s*$/.test(readFileSync('/proc/self/uid_map', 'latin1'));
  } catch {
    return true;
  }
}
