import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isGone, processMark } from '@lading/store';
import type { UploadJournal, UploadKey, UploadRecord } from './upload-journal.ts';

export interface UploadJournalOptions {
  /** Registries drop sessions that nobody goes on with, most within a week; 3 days unless told. */
  readonly maxAgeMs?: number | undefined;
}

interface Entry extends UploadRecord {
  /** A process mark; absent once it was released. */
  readonly owner?: string | undefined;
}

/** A journal of one small file per upload in a folder of its own, which is made when it is first needed. Nobody else may read it. */
export function createUploadJournal(folder: string, options: UploadJournalOptions = {}): UploadJournal {
  return new FileUploadJournal(folder, options.maxAgeMs ?? 3 * 24 * 3600_000);
}

class FileUploadJournal implements UploadJournal {
  readonly #folder: string;
  readonly #maxAgeMs: number;
  #ready: Promise<void> | undefined;

  constructor(folder: string, maxAgeMs: number) {
    this.#folder = folder;
    this.#maxAgeMs = maxAgeMs;
  }

  async claim(key: UploadKey): Promise<UploadRecord | 'taken' | undefined> {
    const path = this.#path(key);
    const before = await this.#read(path);
    if (before === undefined) return undefined;
    if (isTaken(before)) return 'taken';
    // Of several that come at once, one moves the file.
    const mine = draftOf(path);
    if (!(await rename(path, mine).then(() => true, absent))) return 'taken';
    const entry = await this.#read(mine);
    if (entry !== undefined && isTaken(entry)) {
      await rename(mine, path);
      return 'taken';
    }
    if (entry !== undefined) await this.save(key, entry);
    await rm(mine, { force: true });
    return entry === undefined ? undefined : { location: entry.location };
  }

  async save(key: UploadKey, { location }: UploadRecord): Promise<void> {
    await this.#write(key, { location, owner: processMark() });
  }

  async release(key: UploadKey): Promise<void> {
    const entry = await this.#read(this.#path(key));
    if (entry !== undefined) await this.#write(key, { location: entry.location });
  }

  async remove(key: UploadKey): Promise<void> {
    const path = this.#path(key);
    await rm(path, { force: true });
    await this.#removeDrafts(path);
  }

  /** What processes that were killed had in hand. That of one that lives is left alone. */
  async #removeDrafts(path: string): Promise<void> {
    const names = await readdir(this.#folder).catch(() => []);
    for (const name of names.filter((each) => each.startsWith(`${basename(path)}.`))) {
      // The mark of its process, and what tells it from the others of that process.
      const [mark = ''] = name.slice(basename(path).length + 1).split('_');
      if (isGone(mark)) await rm(join(this.#folder, name), { force: true });
    }
  }

  #path({ registry, repository, digest }: UploadKey): string {
    const name = createHash('sha256')
      .update(JSON.stringify([registry, repository, digest]))
      .digest('hex');
    return join(this.#folder, `${name.slice(0, 40)}.json`);
  }

  /** Undefined for what is absent, too old or damaged: an upload that is forgotten begins anew. */
  async #read(path: string): Promise<Entry | undefined> {
    try {
      if (Date.now() - (await stat(path)).mtimeMs > this.#maxAgeMs) return undefined;
      const entry: Partial<Entry> = Object(JSON.parse(await readFile(path, 'utf8')));
      const { location, owner } = entry;
      if (typeof location !== 'string' || (owner !== undefined && typeof owner !== 'string')) return undefined;
      return { location, owner };
    } catch (error) {
      if (error instanceof SyntaxError || absent(error) === false) return undefined;
      throw error;
    }
  }

  async #write(key: UploadKey, entry: Entry): Promise<void> {
    this.#ready ??= this.#prepare();
    await this.#ready;
    const path = this.#path(key);
    const temporary = draftOf(path);
    // Not synced: what a power failure takes with it is a record, not content.
    await writeFile(temporary, JSON.stringify(entry), { mode: 0o600, flag: 'wx' });
    await rename(temporary, path);
  }

  async #prepare(): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    for (const name of await readdir(this.#folder)) {
      const path = join(this.#folder, name);
      const age = await stat(path).then(({ mtimeMs }) => Date.now() - mtimeMs, absent);
      if (typeof age === 'number' && age > this.#maxAgeMs) await rm(path, { force: true });
    }
  }
}

function draftOf(path: string): string {
  return `${path}.${processMark()}_${randomUUID()}`;
}

function isTaken({ owner }: Entry): boolean {
  return owner !== undefined && !isGone(owner);
}

/** For a file that is not there; other failures go on. */
function absent(error: unknown): false {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
  throw error;
}
