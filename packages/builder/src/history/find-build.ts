import { LadingError } from '@lading/errors';
import type { BuildRecord } from './build-record.ts';
import type { HistoryFolder } from './history-folder.ts';

/** The build with an id, or the end of one; the last build where none is named, or `last`. Throws BUILD_NOT_FOUND. */
export async function findBuild(history: HistoryFolder, text: string | undefined): Promise<BuildRecord> {
  const ids = await history.ids();
  const isLast = text === undefined || text === 'last';
  const matching = isLast ? ids.slice(0, 1) : ids.filter((id) => id === text || id.endsWith(`-${text}`));
  const [only, ...others] = matching;
  const record = only === undefined || others.length > 0 ? undefined : await history.read(only);
  if (record !== undefined) return record;
  const why =
    others.length > 0
      ? `${matching.length} builds end with it: ${matching.join(', ')}`
      : isLast
        ? 'nothing was built here yet'
        : 'there is none';
  throw new LadingError('BUILD_NOT_FOUND', `Cannot find the build${text === undefined ? '' : ` ${text}`}: ${why}`, {
    hint: 'Run "lading builds" to see what was built here.',
  });
}
