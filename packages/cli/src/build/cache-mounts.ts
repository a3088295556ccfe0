import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { fromFile, toReadable } from '@lading/bytes';
import { LadingError } from '@lading/errors';
import { listOption, type OptionValues } from '../command.ts';
import type { Context } from '../context.ts';
import type { Home } from '../home.ts';

/** `--cache-mount-import`: before the build. Throws USAGE, FILE_NOT_FOUND, ARCHIVE_INVALID. */
export async function importCacheMounts(context: Context, home: Home, options: OptionValues): Promise<void> {
  for (const [id, path] of pairsOf(options, 'cacheMountImport', '--cache-mount-import')) {
    const { importCacheMount } = await import('@lading/builder');
    const { signal } = context;
    await importCacheMount(await placeOf(home), id, fromFile(path, { signal }), { signal });
    context.progress.log(`filled the cache mount ${id} from ${path}`);
  }
}

/** `--cache-mount-export`: after the build. Throws USAGE, BLOB_NOT_FOUND. */
export async function exportCacheMounts(context: Context, home: Home, options: OptionValues): Promise<void> {
  for (const [id, path] of pairsOf(options, 'cacheMountExport', '--cache-mount-export')) {
    const { exportCacheMount } = await import('@lading/builder');
    const { signal } = context;
    await pipeline(toReadable(exportCacheMount(await placeOf(home), id, { signal })), createWriteStream(path));
    context.progress.log(`wrote the cache mount ${id} to ${path}`);
  }
}

async function placeOf(home: Home): Promise<Parameters<typeof import('@lading/builder').importCacheMount>[0]> {
  const { machine } = await home.snapshots();
  return { cacheFolder: home.cacheFolder, mapping: machine.mapping ?? 'none' };
}

function pairsOf(options: OptionValues, name: string, option: string): (readonly [id: string, path: string])[] {
  return listOption(options, name).map((text) => {
    const equals = text.indexOf('=');
    if (equals < 1 || equals === text.length - 1)
      throw new LadingError('USAGE', `Cannot use ${option} ${text}: it is of the form ID=PATH`);
    return [text.slice(0, equals), text.slice(equals + 1)] as const;
  });
}
