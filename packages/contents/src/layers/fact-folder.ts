import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ImageFacts, LayerFacts } from '@lading/facts';
import { type Digest, parseDigest } from '@lading/oci';
import { decodeRecord, encodeRecord } from './fact-record.ts';
import type { FactStore } from './fact-store.ts';

/** Facts in a folder that is made when it is needed: a file for each layer and each image, named by its digest. It may be deleted at any time. */
export function openFactFolder(folder: string): FactStore {
  const pathOf = (kind: 'layers' | 'images', digest: Digest): string => {
    const [algorithm = '', hex = ''] = parseDigest(digest).split(':');
    return join(folder, kind, algorithm, hex.slice(0, 2), hex);
  };
  return {
    async findLayer(layer, version) {
      const found = await read<Omit<LayerFacts, 'paths'>>(pathOf('layers', layer));
      if (found?.value.version !== version || found.value.digest !== layer) return undefined;
      return { ...found.value, paths: found.bytes };
    },
    async keepLayer({ paths, ...facts }) {
      await write(pathOf('layers', facts.digest), await encodeRecord(facts, paths));
    },
    async findImage(manifest, version) {
      const found = await read<ImageFacts>(pathOf('images', manifest));
      return found?.value.version === version && found.value.digest === manifest ? found.value : undefined;
    },
    async keepImage(facts) {
      await write(pathOf('images', facts.digest), await encodeRecord(facts, new Uint8Array()));
    },
  };
}

async function read<T>(path: string): Promise<{ readonly value: T; readonly bytes: Uint8Array } | undefined> {
  try {
    const record = await decodeRecord<T>(await readFile(path));
    const now = new Date();
    // The time of a file is that of its last use: it tells which to give up first.
    await utimes(path, now, now).catch(() => {});
    return record;
  } catch {
    return undefined;
  }
}

async function write(path: string, content: Uint8Array): Promise<void> {
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(draft, content);
    await rename(draft, path);
  } catch {
    await rm(draft, { force: true }).catch(() => {});
  }
}
