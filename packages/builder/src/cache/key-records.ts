import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Digest, hexOf } from '@lading/oci';
import { keyFileSuffix } from './key-file-suffix.ts';
import { encodeRecord, type KeyRecord, parseRecord } from './key-record.ts';

/** What keys were made of, a file each beside the outcomes. Only explanations read them: losing one costs an explanation. */
export interface KeyRecords {
  find(key: Digest): Promise<KeyRecord | undefined>;
  keep(record: KeyRecord): Promise<void>;
}

export function openKeyRecords(folder: string): KeyRecords {
  const pathOf = (key: Digest): string => join(folder, 'steps', hexOf(key).slice(0, 2), hexOf(key) + keyFileSuffix);
  return {
    async find(key) {
      const bytes = await readFile(pathOf(key)).catch(() => undefined);
      const record = bytes && parseRecord(bytes);
      return record?.digest === key ? record : undefined;
    },
    async keep(record) {
      const path = pathOf(record.digest);
      const draft = `${path}.${randomUUID()}.tmp`;
      await mkdir(dirname(path), { recursive: true });
      try {
        await writeFile(draft, encodeRecord(record));
        await rename(draft, path);
      } catch (error) {
        await rm(draft, { force: true });
        throw error;
      }
    },
  };
}
