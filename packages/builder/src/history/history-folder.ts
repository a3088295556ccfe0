import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildRecord, parseBuildRecord } from './build-record.ts';

/** So many builds are remembered. */
const maxBuilds = 200;

/** The name of a record's file: its id, which sorts by time, and what tells builds of one Dockerfile and target from others. */
interface RecordName {
  readonly id: string;
  readonly scope: string;
}

/** Builds that were, newest first; a file each in one folder, which may be deleted at any time. */
export interface HistoryFolder {
  /** The ids, newest first; of one Dockerfile and target where a scope is given. */
  ids(scope?: string): Promise<readonly string[]>;
  read(id: string): Promise<BuildRecord | undefined>;
  /** Replaces the record of that build. When a build has ended, records beyond the bound go, the oldest first. */
  write(scope: string, record: BuildRecord): Promise<void>;
  /** Where the output of a build's steps is: lines, as zstd. */
  logPath(id: string): string;
}

export function openHistory(folder: string): HistoryFolder {
  const names = async (): Promise<readonly RecordName[]> => {
    const files = await readdir(folder).catch(() => []);
    const found = files.flatMap((file) => {
      const [, id, scope] = /^(\d{8}-\d{9}-[0-9a-f]{4})\.([0-9a-f]{8})\.json$/.exec(file) ?? [];
      return id === undefined || scope === undefined ? [] : [{ id, scope }];
    });
    return found.sort((one, other) => (one.id < other.id ? 1 : -1));
  };
  const pathOf = ({ id, scope }: RecordName): string => join(folder, `${id}.${scope}.json`);
  const logPath = (id: string): string => join(folder, `${id}.log.zst`);
  return {
    logPath,
    ids: async (scope) => (await names()).filter((name) => scope === undefined || name.scope === scope).map(idOf),

    async read(id) {
      const name = (await names()).find((one) => one.id === id);
      if (name === undefined) return undefined;
      const text = await readFile(pathOf(name), 'utf8').catch(() => undefined);
      return text === undefined ? undefined : parseBuildRecord(text);
    },

    async write(scope, record) {
      const path = pathOf({ id: record.id, scope });
      const draft = `${path}.tmp`;
      // At once: it is small, and another thread takes longer.
      mkdirSync(folder, { recursive: true });
      writeFileSync(draft, JSON.stringify(record));
      renameSync(draft, path);
      if (record.state === 'running') return;
      for (const old of (await names()).slice(maxBuilds)) {
        await Promise.all([rm(pathOf(old), { force: true }), rm(logPath(old.id), { force: true })]);
      }
    },
  };
}

function idOf({ id }: RecordName): string {
  return id;
}

/** `20240131-235959123-3f9c`: sorts by time, in UTC, and its end is enough for a person to name it. */
export function newBuildId(at: Date): string {
  const [date = '', time = ''] = at
    .toISOString()
    .replace(/[-:.Z]/g, '')
    .split('T');
  return `${date}-${time}-${randomBytes(2).toString('hex')}`;
}

/** Builds of one Dockerfile and target are compared with each other. */
export function scopeOf({ file, target }: { readonly file: string; readonly target?: string | undefined }): string {
  return createHash('sha256')
    .update(JSON.stringify([file, target ?? null]))
    .digest('hex')
    .slice(0, 8);
}
