import { createHash, type Hash, randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Io } from '@lading/bytes';
import { interrupted, LadingError, throwIfAborted } from '@lading/errors';
import { type Digest, parseDigest } from '@lading/oci';
import { HttpClient, type HttpResponse } from '../../internal/http-client.ts';
import { withoutCredentials } from '../git/git-address.ts';
import { dispositionName } from './file-name.ts';

/** A file that was fetched, as it lies in the cache. */
export interface Download {
  readonly path: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  /** `Last-Modified`, in seconds since 1970. */
  readonly modified?: number | undefined;
  /** The file name of `Content-Disposition`. */
  readonly name?: string | undefined;
}

export interface DownloadOptions extends Io {
  /** What the content has to be: `sha256:…`, `sha384:…` or `sha512:…`. */
  readonly checksums?: readonly string[] | undefined;
  readonly maxBytes?: number | undefined;
  /** Waits before the second and the third attempt, in milliseconds. Default 300 and 1500. */
  readonly retryDelaysMs?: readonly number[] | undefined;
}

/** What is known of an address: its content by digest, and what the server said of it. */
interface Kept extends Omit<Download, 'path'> {
  readonly url: string;
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
}

/**
 * Downloads in the cache folder, by content; what an address gave last is asked for again only when it changed, and not at all when its
 * checksum is known. Every address is asked once in the life of this object, so that a build sees one content of it. Close it at the end.
 */
export class HttpCache {
  readonly #folder: string;
  readonly #client = new HttpClient(unreachable);
  readonly #asked = new Map<string, Promise<Download>>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  close(): void {
    this.#client.close();
  }

  /**
   * The content of an http or https address. Throws SOURCE_NOT_FOUND, SOURCE_DENIED, SOURCE_UNREACHABLE, SOURCE_MISMATCH when it has not
   * every checksum, BYTES_LIMIT.
   */
  async fetch(url: string, options: DownloadOptions = {}): Promise<Download> {
    const { checksums = [] } = options;
    const name = JSON.stringify([url, checksums]);
    let download = this.#asked.get(name);
    if (download === undefined) {
      download = this.#fetch(url, checksums, options);
      this.#asked.set(name, download);
    }
    return download;
  }

  async #fetch(url: string, checksums: readonly string[], options: DownloadOptions): Promise<Download> {
    const kept = await this.#kept(url);
    // With a SHA-256 that fits there is nothing to ask. Readers verify the content once more.
    if (kept !== undefined && checksums.includes(kept.digest)) {
      const others = checksums.filter((checksum) => checksum !== kept.digest);
      if (others.length === 0) return this.#used(kept);
    }
    const { retryDelaysMs = [300, 1500] } = options;
    for (let tries = 0; ; tries++) {
      throwIfAborted(options.signal);
      try {
        return await this.#ask(url, checksums.length === 0 ? kept : undefined, checksums, options);
      } catch (error) {
        const delay = retryDelaysMs[tries];
        if (!(error instanceof LadingError) || !error.transient || delay === undefined) throw error;
        await sleep(delay, undefined, { signal: options.signal }).catch(() => {});
        if (options.signal?.aborted) throw interrupted(options.signal);
      }
    }
  }

  async #ask(
    url: string,
    kept: Kept | undefined,
    checksums: readonly string[],
    options: DownloadOptions,
  ): Promise<Download> {
    const headers: Record<string, string> = { 'accept-encoding': 'identity' };
    if (kept?.etag !== undefined) headers['if-none-match'] = kept.etag;
    else if (kept?.lastModified !== undefined) headers['if-modified-since'] = kept.lastModified;
    const response = await this.#client.get(url, { headers, signal: options.signal });
    if (response.status === 304 && kept !== undefined) {
      for await (const _ of response.body) break;
      return this.#used(kept);
    }
    if (response.status !== 200) {
      for await (const _ of response.body) break;
      throw refused(url, response.status);
    }
    return this.#save(url, response, checksums, options);
  }

  async #save(
    url: string,
    response: HttpResponse,
    checksums: readonly string[],
    { maxBytes = Number.POSITIVE_INFINITY }: DownloadOptions,
  ): Promise<Download> {
    const partial = join(this.#folder, 'partial', randomUUID());
    await mkdir(dirname(partial), { recursive: true });
    try {
      const hashes = new Map<string, Hash>();
      for (const algorithm of ['sha256', ...checksums.map((checksum) => checksum.split(':', 1)[0] ?? '')])
        hashes.set(algorithm, createHash(algorithm));
      let size = 0;
      const file = await open(partial, 'wx', 0o644);
      try {
        for await (const chunk of response.body) {
          size += chunk.length;
          if (size > maxBytes) throw tooLarge(url, maxBytes);
          for (const hash of hashes.values()) hash.update(chunk);
          await file.writeFile(chunk);
        }
      } finally {
        await file.close();
      }
      const announced = response.header('content-length');
      if (announced !== undefined && Number(announced) !== size)
        throw unreachable(url, `it broke off after ${size} of ${announced} bytes`, true);
      const found = [...hashes].map(([algorithm, hash]) => `${algorithm}:${hash.digest('hex')}`);
      for (const checksum of checksums) if (!found.includes(checksum)) throw mismatch(url, checksum, found);
      const digest = parseDigest(found[0] ?? '');
      const lastModified = response.header('last-modified');
      const seconds = Math.floor(Date.parse(lastModified ?? '') / 1000);
      const kept: Kept = {
        ...{ url: withoutCredentials(url), digest, size, etag: response.header('etag'), lastModified },
        modified: Number.isFinite(seconds) ? Math.max(0, seconds) : undefined,
        name: dispositionName(response.header('content-disposition')),
      };
      await mkdir(dirname(this.#pathOf(digest)), { recursive: true });
      await rename(partial, this.#pathOf(digest));
      await this.#keep(url, kept);
      return { ...kept, path: this.#pathOf(digest) };
    } finally {
      await rm(partial, { force: true });
    }
  }

  #pathOf(digest: Digest): string {
    const hex = digest.slice(digest.indexOf(':') + 1);
    return join(this.#folder, 'content', hex.slice(0, 2), hex);
  }

  #recordOf(url: string): string {
    const id = createHash('sha256').update(url).digest('hex');
    return join(this.#folder, 'addresses', id.slice(0, 2), `${id}.json`);
  }

  /** What an address gave, if its content is still here in its size. */
  async #kept(url: string): Promise<Kept | undefined> {
    try {
      const kept = JSON.parse(await readFile(this.#recordOf(url), 'utf8')) as Kept;
      const info = await stat(this.#pathOf(parseDigest(kept.digest)));
      return info.size === kept.size ? kept : undefined;
    } catch {
      return undefined;
    }
  }

  async #keep(url: string, kept: Kept): Promise<void> {
    const path = this.#recordOf(url);
    const draft = `${path}.${randomUUID()}.tmp`;
    await mkdir(dirname(path), { recursive: true });
    try {
      await writeFile(draft, JSON.stringify(kept));
      await rename(draft, path);
    } finally {
      await rm(draft, { force: true });
    }
  }

  /** Its time is that of its last use: it tells which to give up first. */
  async #used(kept: Kept): Promise<Download> {
    const path = this.#pathOf(kept.digest);
    const now = new Date();
    await utimes(path, now, now).catch(() => {});
    return { ...kept, path };
  }
}

function refused(url: string, status: number): LadingError {
  const shown = withoutCredentials(url);
  const details = { url: shown, status };
  if (status === 404 || status === 410)
    return new LadingError('SOURCE_NOT_FOUND', `Cannot fetch ${shown}: it is not there (${status})`, {
      hint: 'Check the address.',
      details,
    });
  if (status === 401 || status === 403)
    return new LadingError('SOURCE_DENIED', `Cannot fetch ${shown}: access is refused (${status})`, {
      hint: 'The host wants credentials; they can stand in the address: https://USER:PASSWORD@HOST/….',
      details,
    });
  return unreachable(url, `it answered with status ${status}`, status >= 500 || status === 429 || status === 408);
}

function unreachable(url: string, fault: string, transient: boolean, cause?: unknown): LadingError {
  const shown = withoutCredentials(url);
  return new LadingError('SOURCE_UNREACHABLE', `Cannot fetch ${shown}: ${fault}`, {
    hint: 'Check the address, the network and proxy settings.',
    details: { url: shown },
    ...{ cause, transient },
  });
}

function mismatch(url: string, wanted: string, found: readonly string[]): LadingError {
  const algorithm = wanted.split(':', 1)[0];
  const actual = found.find((digest) => digest.startsWith(`${algorithm}:`)) ?? found[0];
  return new LadingError('SOURCE_MISMATCH', `Cannot use ${withoutCredentials(url)}: it is ${actual}, not ${wanted}`, {
    hint: 'What is there changed, or the checksum is wrong. Look before you trust it.',
    details: { url: withoutCredentials(url), expected: wanted, actual },
  });
}

function tooLarge(url: string, maxBytes: number): LadingError {
  return new LadingError('BYTES_LIMIT', `Cannot fetch ${withoutCredentials(url)}: it has more than ${maxBytes} bytes`, {
    hint: 'If you trust it, raise the bound with --unpack-limit bytes=N.',
  });
}
