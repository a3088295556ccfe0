import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bytes, fromFile } from '@lading/bytes';
import { interrupted, isLadingError, LadingError, throwIfAborted } from '@lading/errors';
import { HttpClient } from '../internal/http-client.ts';

/** What a file must turn out to be. */
export interface ExpectedFile {
  /** Bytes. */
  readonly size: number;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
}

export interface MirrorOptions {
  /** Verified files are kept here by hash; several processes may share it. */
  readonly cacheFolder: string;
  readonly signal?: AbortSignal | undefined;
  /** Waits before the second and the third attempt, in milliseconds. Default 300 and 1500. */
  readonly retryDelaysMs?: readonly number[] | undefined;
  readonly idleTimeoutMs?: number | undefined;
}

/** No InRelease file is larger. */
const MAX_RELEASE_BYTES = 16 << 20;

/**
 * Fetches files of package archives into a cache, where a file appears only whole and with the hash it must have.
 * Close it at the end.
 */
export class Mirror {
  readonly #options: MirrorOptions;
  readonly #client = new HttpClient(unreachable);
  #sweeping: Promise<void> | undefined;
  /** Bytes that came over the network. */
  fetchedBytes = 0;

  constructor(options: MirrorOptions) {
    this.#options = options;
  }

  close(): void {
    this.#client.close();
  }

  /** Where a file lies in the cache, whether it is there or not. */
  pathOf(expected: ExpectedFile): string {
    return join(this.#options.cacheFolder, 'sha256', expected.sha256.slice(0, 2), expected.sha256);
  }

  /** True when the cache has the file whole; a damaged one is removed. */
  async has(expected: ExpectedFile): Promise<boolean> {
    const path = this.pathOf(expected);
    const info = await stat(path).catch(() => undefined);
    if (info === undefined) return false;
    if (info.size === expected.size && (await sha256Of(fromFile(path, this.#options))) === expected.sha256) return true;
    await rm(path, { force: true });
    return false;
  }

  /**
   * The path of a verified file: from the cache, else from the first of the URLs that has it (404 leads to the next).
   * Throws MIRROR_UNREACHABLE, also when none has it (details.missing), MIRROR_UNTRUSTED when one has something else.
   */
  async fetch(
    urls: readonly string[],
    expected: ExpectedFile,
    signal: AbortSignal | undefined = this.#options.signal,
  ): Promise<string> {
    if (await this.has(expected)) return this.pathOf(expected);
    for (const url of urls) {
      const file = await this.#retrying(signal, () => this.#fetchOne(url, expected, signal));
      if (file !== undefined) return this.pathOf(file);
    }
    throw absent(urls[0] ?? '');
  }

  /**
   * A file of which nobody told the SHA-256, but that says itself what it is: `check` reads it, and throws unless it is what `id`
   * names. Kept like others; the second time it is known by its id. Throws as `fetch()` does, and what `check` throws.
   */
  async fetchChecked(
    urls: readonly string[],
    wanted: { readonly id: string; readonly size: number; readonly check: (file: Bytes) => Promise<void> },
    signal: AbortSignal | undefined = this.#options.signal,
  ): Promise<ExpectedFile> {
    const { id, size, check } = wanted;
    const note = join(this.#options.cacheFolder, 'checked', createHash('sha256').update(`${id} ${size}`).digest('hex'));
    const sha256 = await readFile(note, 'utf8').catch(() => undefined);
    if (sha256 !== undefined && (await this.has({ size, sha256 }))) return { size, sha256 };
    for (const url of urls) {
      const file = await this.#retrying(signal, () => this.#fetchOne(url, { size, check }, signal));
      if (file === undefined) continue;
      await this.#write(async (write) => write(Buffer.from(file.sha256)), note);
      return file;
    }
    throw absent(urls[0] ?? '');
  }

  /** `fetchSmall()`, as text. */
  async fetchText(url: string): Promise<string | undefined> {
    return (await this.fetchSmall(url))?.toString('utf8');
  }

  /**
   * A small file whose hash nobody knows yet, such as InRelease. What came before is kept and asked for conditionally; its
   * content must be verified by the caller each time. Undefined when the archive does not have it.
   */
  async fetchSmall(url: string): Promise<Buffer | undefined> {
    const path = join(this.#options.cacheFolder, 'release', createHash('sha256').update(url).digest('hex'));
    const kept = await readKept(path);
    const { signal } = this.#options;
    return this.#retrying(signal, async () => {
      const headers: Record<string, string> = {};
      if (kept?.etag !== undefined) headers['if-none-match'] = kept.etag;
      else if (kept?.lastModified !== undefined) headers['if-modified-since'] = kept.lastModified;
      const response = await this.#get(url, headers, signal);
      if (response.status === 304 && kept !== undefined) {
        for await (const _ of response.body);
        return kept.content;
      }
      if (response.status !== 200) return noContent(url, response.status, response.body);
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of response.body) {
        size += chunk.length;
        if (size > MAX_RELEASE_BYTES) throw untrusted(url, `it is longer than ${MAX_RELEASE_BYTES} bytes`);
        chunks.push(Buffer.from(chunk));
      }
      this.fetchedBytes += size;
      const content = Buffer.concat(chunks);
      const head = JSON.stringify({ etag: response.header('etag'), lastModified: response.header('last-modified') });
      await this.#write(async (write) => {
        await write(Buffer.from(`${head}\n`));
        await write(content);
      }, path);
      return content;
    });
  }

  #get(
    url: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal | undefined,
  ): ReturnType<HttpClient['get']> {
    return this.#client.get(url, { headers, signal, idleTimeoutMs: this.#options.idleTimeoutMs });
  }

  async #fetchOne(url: string, wanted: WantedFile, signal: AbortSignal | undefined): Promise<ExpectedFile | undefined> {
    const response = await this.#get(url, {}, signal);
    if (response.status !== 200) return noContent(url, response.status, response.body);
    const hash = createHash('sha256');
    let sha256 = '';
    await this.#write(
      async (write) => {
        let size = 0;
        for await (const chunk of response.body) {
          size += chunk.length;
          if (size > wanted.size)
            throw untrusted(url, `it has more than the ${wanted.size} bytes that the archive announced`);
          hash.update(chunk);
          await write(chunk);
        }
        this.fetchedBytes += size;
        if (size < wanted.size) throw untrusted(url, `it has ${size} bytes, and the archive announced ${wanted.size}`);
        sha256 = hash.digest('hex');
        if (wanted.sha256 !== undefined && sha256 !== wanted.sha256) {
          throw untrusted(url, `its SHA256 is ${sha256}, and the archive announced ${wanted.sha256}`);
        }
      },
      async (partial) => {
        await wanted.check?.(fromFile(partial, { signal }));
        return this.pathOf({ size: wanted.size, sha256 });
      },
    );
    return { size: wanted.size, sha256 };
  }

  // In a folder of its own, then moved: a reader never sees part of a file, and a crash leaves only what the next run may remove.
  async #write(
    fill: (write: (chunk: Uint8Array) => Promise<void>) => Promise<void>,
    place: string | ((partial: string) => Promise<string>),
  ): Promise<void> {
    const folder = join(this.#options.cacheFolder, 'partial');
    await mkdir(folder, { recursive: true });
    this.#sweeping ??= sweep(folder);
    await this.#sweeping;
    const partial = join(folder, randomUUID());
    try {
      const file = await open(partial, 'wx', 0o644);
      try {
        await fill(async (chunk) => {
          await file.writeFile(chunk);
        });
      } finally {
        await file.close();
      }
      const path = typeof place === 'string' ? place : await place(partial);
      await mkdir(dirname(path), { recursive: true });
      await rename(partial, path);
    } finally {
      await rm(partial, { force: true });
    }
  }

  async #retrying<T>(signal: AbortSignal | undefined, attempt: () => Promise<T>): Promise<T> {
    const { retryDelaysMs = [300, 1500] } = this.#options;
    for (let tries = 0; ; tries++) {
      throwIfAborted(signal);
      try {
        return await attempt();
      } catch (error) {
        const transient = isLadingError(error, 'MIRROR_UNREACHABLE') && error.details.transient === true;
        const delay = retryDelaysMs[tries];
        if (!transient || delay === undefined) throw error;
        await sleep(delay, undefined, { signal }).catch(() => {});
        if (signal?.aborted) throw interrupted(signal);
      }
    }
  }
}

const ABANDONED_MS = 24 * 3600 * 1000;

// What a process that was killed could not remove.
async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name);
    const info = await stat(path).catch(() => undefined);
    if (info !== undefined && Date.now() - info.mtimeMs > ABANDONED_MS) await rm(path, { force: true });
  }
}

/** What a file has to be: known by its hash, or by what it says. */
interface WantedFile {
  readonly size: number;
  readonly sha256?: string | undefined;
  readonly check?: ((file: Bytes) => Promise<void>) | undefined;
}

interface Kept {
  readonly content: Buffer;
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
}

// A line of JSON about the content, then the content. Its readers verify it.
async function readKept(path: string): Promise<Kept | undefined> {
  try {
    const file = await readFile(path);
    const end = file.indexOf('\n');
    return { ...JSON.parse(file.toString('utf8', 0, end)), content: file.subarray(end + 1) };
  } catch {
    return undefined;
  }
}

function absent(url: string): LadingError {
  return new LadingError('MIRROR_UNREACHABLE', `Cannot fetch ${url}: it is not there (404)`, {
    hint: 'The mirror may be in the middle of an update: try again in some minutes, or name another archive with "mirror:".',
    details: { url, missing: true },
  });
}

// Absent is data; everything else that is not the file is an error, which may pass.
async function noContent(url: string, status: number, body: Bytes): Promise<undefined> {
  for await (const _ of body) break;
  if (status === 404 || status === 410) return undefined;
  const transient = status >= 500 || status === 429 || status === 408;
  throw unreachable(url, `it answered with status ${status}`, transient);
}

async function sha256Of(bytes: Bytes): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of bytes) hash.update(chunk);
  return hash.digest('hex');
}

function untrusted(url: string, fault: string): LadingError {
  return new LadingError('MIRROR_UNTRUSTED', `Cannot trust ${url}: ${fault}`, {
    hint: 'The mirror is damaged, in the middle of an update, or lies: try again later, or name another with "mirror:".',
    details: { url },
  });
}

/** `transient` goes into the details: the caller may try again. */
function unreachable(url: string, fault: string, transient: boolean, cause?: unknown): LadingError {
  return new LadingError('MIRROR_UNREACHABLE', `Cannot fetch ${url}: ${fault}`, {
    hint: 'Check the network and proxy settings, or name another archive with "mirror:" in the recipe.',
    cause,
    details: { url, transient },
  });
}
