import { readdir, readFile, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, parseDigest } from '@lading/oci';

/** What is known of an unpacked layer without looking at its files. */
export interface SnapshotInfo {
  readonly chainId: Digest;
  readonly diffId: Digest;
  readonly parent?: Digest;
  /** Bytes of the layer as a tar, or of its files, which is about what they take on disk. Older snapshots do not say. */
  readonly size?: number;
  /** When it was last asked for. */
  readonly usedAt: Date;
}

/** As it is written beside the files. */
export type StoredInfo = Omit<SnapshotInfo, 'usedAt'>;

export const fileName = 'snapshot.json';

/** All snapshots in a folder that `openSnapshots` has used, whoever's they are; needs no rights to run containers. */
export async function listSnapshots(folder: string): Promise<readonly SnapshotInfo[]> {
  const found: SnapshotInfo[] = [];
  for (const mapping of await namesIn(folder)) {
    const places = join(folder, mapping, 'snapshots');
    for (const name of await namesIn(places)) {
      const info = await readSnapshotInfo(join(places, name));
      if (info !== undefined) found.push(info);
    }
  }
  return found;
}

/** Undefined when the folder is no snapshot, or is gone. */
export async function readSnapshotInfo(place: string): Promise<SnapshotInfo | undefined> {
  const path = join(place, fileName);
  const [text, info] = await Promise.all([readFile(path, 'utf8'), stat(path)]).catch(() => []);
  if (text === undefined || info === undefined) return undefined;
  const { chainId, diffId, parent, size } = JSON.parse(text) as {
    readonly [name in keyof StoredInfo]?: string | number;
  };
  return {
    chainId: parseDigest(String(chainId)),
    diffId: parseDigest(String(diffId)),
    ...(parent === undefined ? {} : { parent: parseDigest(String(parent)) }),
    ...(typeof size === 'number' ? { size } : {}),
    usedAt: info.mtime,
  };
}

/** Notes that a snapshot is in use. False when there is none. */
export async function touchSnapshot(place: string): Promise<boolean> {
  const now = new Date();
  return await utimes(join(place, fileName), now, now).then(
    () => true,
    () => false,
  );
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return await readdir(folder).catch(() => []);
}
