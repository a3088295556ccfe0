import { opendir } from 'node:fs/promises';
import { hasErrno } from './durable-file.ts';

/** The names in a folder, which may be absent, in no order. */
export async function* namesIn(folder: string): AsyncGenerator<string, void, undefined> {
  try {
    for await (const entry of await opendir(folder)) yield entry.name;
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error;
  }
}
