import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Io } from '@lading/bytes';
import type { TargetLeases } from '@lading/image';
import { type Descriptor, type Digest, hexOf, parseDescriptor, parseDigest } from '@lading/oci';
import type { ContentReader } from '@lading/store';

/** The result of a step: the layer it made, or none when it changed no file. */
export interface StepOutcome {
  readonly layer?: {
    readonly descriptor: Descriptor;
    readonly diffId: Digest;
    /** The name of its compression; absent: the default. */
    readonly compressedAs?: string | undefined;
  };
}

export interface StepCache {
  /** The outcome under a key, if it was kept and its layer is still in the content store. */
  find(key: Digest, io?: Io): Promise<StepOutcome | undefined>;
  keep(key: Digest, outcome: StepOutcome): Promise<void>;
}

/** What keeps the layers of outcomes from being collected until the image that will refer to them is there. */
export type LayerLeases = Pick<TargetLeases, 'hold' | 'committed'>;

/**
 * Outcomes of steps by key, one small file each. Losing any of them, or all, costs time and nothing else: a file that cannot be
 * read is a miss. The time of a file is that of its last use: it tells which to give up first.
 */
export function openStepCache(folder: string, content: ContentReader, leases?: LayerLeases): StepCache {
  const pathOf = (key: Digest): string => join(folder, 'steps', hexOf(key).slice(0, 2), `${hexOf(key)}.json`);
  return {
    async find(key, io) {
      const outcome = await readFile(pathOf(key), 'utf8').then(
        (text) => parseOutcome(text, key),
        () => undefined,
      );
      if (outcome === undefined) return undefined;
      if (outcome.layer !== undefined) {
        await leases?.hold(outcome.layer.descriptor.digest);
        if ((await content.stat(outcome.layer.descriptor, io)) === undefined) return undefined;
      }
      const now = new Date();
      await utimes(pathOf(key), now, now).catch(() => {});
      return outcome;
    },

    async keep(key, outcome) {
      if (outcome.layer !== undefined) leases?.committed(outcome.layer.descriptor.digest);
      const path = pathOf(key);
      const draft = `${path}.${randomUUID()}.tmp`;
      await mkdir(dirname(path), { recursive: true });
      try {
        await writeFile(draft, JSON.stringify({ key, ...outcome }));
        await rename(draft, path);
      } catch (error) {
        await rm(draft, { force: true });
        throw error;
      }
    },
  };
}

export function parseOutcome(text: string, key: Digest): StepOutcome | undefined {
  try {
    const value = JSON.parse(text) as {
      key: string;
      layer?: { descriptor: unknown; diffId: string; compressedAs?: unknown };
    };
    if (value.key !== key) return undefined;
    if (value.layer === undefined) return {};
    const { compressedAs } = value.layer;
    return {
      layer: {
        descriptor: parseDescriptor(value.layer.descriptor),
        diffId: parseDigest(value.layer.diffId),
        ...(typeof compressedAs === 'string' ? { compressedAs } : {}),
      },
    };
  } catch {
    return undefined;
  }
}
