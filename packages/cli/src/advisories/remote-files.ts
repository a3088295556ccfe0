import { join } from 'node:path';
import type { HttpCache } from '@lading/builder/download';
import { type AdvisoryFile, advisoryFile } from '@lading/contents';
import { versionOrderOf } from '@lading/distro';
import { isLadingError, LadingError, throwIfAborted } from '@lading/errors';
import type { Context } from '../context.ts';

export interface RemoteOptions {
  /** Of dumps only those of these ecosystems; all unless told. */
  readonly ecosystems: readonly string[] | undefined;
}

/** The largest dumps have some hundred megabytes. */
const MAX_FILE_BYTES = 2 ** 31;
const DOWNLOADS_AT_ONCE = 3;

/**
 * The files of a source on the web: the file itself, or below the address of a bucket in OSV's layout the dump of each ecosystem, of which
 * `ecosystems.txt` is the list. What did not change since the last time is not fetched again. Throws USAGE, and as `HttpCache`.
 */
export async function fetchAdvisoryFiles(
  context: Context,
  address: string,
  { ecosystems }: RemoteOptions,
): Promise<AdvisoryFile[]> {
  const base = URL.parse(address);
  if (base === null) throw new LadingError('USAGE', `Cannot read advisories from ${address}: it is no address`);
  const { HttpCache } = await import('@lading/builder/download');
  // Where builds keep their downloads: it is tidied with them.
  const cache = new HttpCache(join(await context.homeFolder(), 'cache', 'http'));
  try {
    const name = decodeURIComponent(base.pathname.split('/').at(-1) ?? '');
    if (name === 'json' || /\.(?:zip|json|jsonl|csv)(?:\.gz)?$/.test(name)) {
      const parts = decodeURIComponent(base.pathname).split('/').slice(-2).join('/');
      return [advisoryFile(await download(context, cache, base.href), parts)];
    }
    const folder = base.href.replace(/\/*$/, '');
    const wanted = ecosystems ?? (await listedEcosystems(context, cache, folder));
    return await fetchAll(context, cache, folder, [...new Set(wanted)]);
  } finally {
    cache.close();
  }
}

async function fetchAll(
  context: Context,
  cache: HttpCache,
  folder: string,
  ecosystems: readonly string[],
): Promise<AdvisoryFile[]> {
  const files: AdvisoryFile[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let ecosystem = ecosystems[next++]; ecosystem !== undefined; ecosystem = ecosystems[next++]) {
      throwIfAborted(context.signal);
      const path = await download(context, cache, `${folder}/${encodeURIComponent(ecosystem)}/all.zip`);
      files.push(advisoryFile(path, `${ecosystem}/all.zip`));
    }
  };
  await Promise.all(Array.from({ length: DOWNLOADS_AT_ONCE }, work));
  return files;
}

/** Those whose versions have an order: of the others nothing could be told. A dump of a distribution has all its releases. */
async function listedEcosystems(context: Context, cache: HttpCache, folder: string): Promise<string[]> {
  const { readFile } = await import('node:fs/promises');
  try {
    const list = await readFile(await download(context, cache, `${folder}/ecosystems.txt`), 'utf8');
    const names = list.split('\n').map((line) => line.trim());
    return names.filter((name) => !name.includes(':') && versionOrderOf(name) !== undefined);
  } catch (cause) {
    if (!isLadingError(cause, 'SOURCE_NOT_FOUND')) throw cause;
    throw new LadingError('SOURCE_NOT_FOUND', `Cannot read advisories from ${folder}: it has no ecosystems.txt`, {
      hint: 'Name the ecosystems with --ecosystem, or the file itself.',
      cause,
    });
  }
}

async function download(context: Context, cache: HttpCache, url: string): Promise<string> {
  const label = `advisories from ${new URL(url).pathname}`;
  context.progress.update(url, label, 0);
  try {
    const { path, size } = await cache.fetch(url, { maxBytes: MAX_FILE_BYTES, signal: context.signal });
    context.progress.update(url, label, size, size);
    return path;
  } finally {
    context.progress.finish(url);
  }
}
