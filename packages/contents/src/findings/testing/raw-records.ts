import { readFile } from 'node:fs/promises';
import { inMemory } from '../../random-access.ts';
import { openZip } from '../../zip/zip.ts';

/** What a test reads of a record of OSV. */
export interface RawRecord {
  readonly id: string;
  readonly affected?: readonly {
    readonly package?: { readonly ecosystem: string; readonly name: string };
    readonly ranges?: readonly {
      readonly type: string;
      readonly events: readonly Readonly<Record<string, string>>[];
    }[];
  }[];
}

/** The records of a published dump, past our importer. */
export async function* rawRecords(path: string): AsyncGenerator<RawRecord> {
  const zip = await openZip(inMemory(await readFile(path)));
  for (const entry of zip.entries()) {
    yield JSON.parse((await zip.read(entry, { maxBytes: 64 << 20 })).toString('utf8')) as RawRecord;
  }
}
