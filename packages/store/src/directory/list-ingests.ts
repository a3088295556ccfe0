import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { namesIn } from '../internal/names-in.ts';
import type { ContentFolders } from './content-folders.ts';
import { parseIngestName } from './ingest-files.ts';

/** A write that is under way or was left. */
export interface IngestInfo {
  readonly id: string;
  /** Bytes on disk. */
  readonly size: number;
  readonly writtenAt: Date;
}

export async function* listIngests(folders: ContentFolders): AsyncGenerator<IngestInfo, void, undefined> {
  for await (const name of namesIn(folders.ingests)) {
    const info = await stat(join(folders.ingests, name)).catch(() => undefined);
    if (info !== undefined) yield { id: parseIngestName(name).id, size: info.size, writtenAt: info.mtime };
  }
}
