import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { type Digest, hexOf } from '@lading/oci';
import type { LayerScan } from './layer-scan.ts';

/** Scans of layers by diffId, one file each. Losing any costs reading that layer again and nothing else. */
export interface ScanCache {
  find(diffId: Digest): Promise<LayerScan | undefined>;
  keep(scan: LayerScan): Promise<void>;
}

/** What a scan holds and how it is written; a file of another format is a miss. */
const format = 2;

/** In a folder that is made when it is needed. What cannot be read is a miss; what cannot be written is not kept. */
export function openScanCache(folder: string): ScanCache {
  const pathOf = (diffId: Digest): string => join(folder, hexOf(diffId).slice(0, 2), `${hexOf(diffId)}.json.gz`);
  return {
    async find(diffId) {
      const path = pathOf(diffId);
      try {
        const scan = decode((await promisify(gunzip)(await readFile(path))).toString('utf8'), diffId);
        const now = new Date();
        // The time of a file is that of its last use: it tells which to give up first.
        await utimes(path, now, now).catch(() => {});
        return scan;
      } catch {
        return undefined;
      }
    },
    async keep(scan) {
      const path = pathOf(scan.diffId);
      const draft = `${path}.${randomUUID()}.tmp`;
      try {
        await mkdir(dirname(path), { recursive: true });
        await writeFile(draft, await promisify(gzip)(encode(scan), { level: 1 }));
        await rename(draft, path);
      } catch {
        await rm(draft, { force: true }).catch(() => {});
      }
    },
  };
}

function encode({ diffId, size, tree }: LayerScan): string {
  const entries = tree.entries.map(({ xattrs, ...node }) =>
    xattrs === undefined
      ? node
      : { ...node, xattrs: [...xattrs].map(([name, value]) => [name, Buffer.from(value).toString('base64')]) },
  );
  return JSON.stringify({ format, diffId, size, entries, whiteouts: tree.whiteouts });
}

type Encoded = Pick<LayerScan, 'diffId' | 'size'> & {
  readonly format: number;
  readonly entries: readonly (Omit<LayerScan['tree']['entries'][number], 'xattrs'> & {
    readonly xattrs?: readonly (readonly [string, string])[];
  })[];
  readonly whiteouts: LayerScan['tree']['whiteouts'];
};

function decode(text: string, diffId: Digest): LayerScan | undefined {
  const value = JSON.parse(text) as Encoded; // our own file; only its format and name can be others'
  if (value.format !== format || value.diffId !== diffId) return undefined;
  const entries = value.entries.map(({ xattrs, ...node }) =>
    xattrs === undefined
      ? node
      : { ...node, xattrs: new Map(xattrs.map(([name, bytes]) => [name, Buffer.from(bytes, 'base64')])) },
  );
  return { diffId, size: value.size, tree: { entries, whiteouts: value.whiteouts } };
}
