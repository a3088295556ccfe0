import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Io } from '@lading/bytes';
import { type Descriptor, type Digest, hexOf, parseDescriptor, parseDigest } from '@lading/oci';
import type { ContentReader } from '@lading/store';

/** The result of a step: the layer it made, or none when it changed no file. */
export interface StepOutcome {
  readonly layer?: { readonly descriptor: Descriptor; readonly diffId: Digest };
}

export interface StepCache {
  /** The outcome under a key, if it was kept and its layer is still in the content store. */
  find(key: Digest, io?: Io): Promise<StepOutcome | undefined>;
  keep(key: Digest, outcome: StepOutcome): Promise<void>;
}

/**
 * Outcomes of steps by key, one small file each. Losing any of them, or all, costs time and nothing else: a file that cannot be
 * read is a miss.
 */
export function openStepCache(folder: string, content: ContentReader): StepCache {
  const pathOf = (key: Digest): string => join(folder, 'steps', hexOf(key).slice(0, 2), `${hexOf(key)}.json`);
  return {
    async find(key, io) {
      const outcome = await readFile(pathOf(key), 'utf8').then(
        (text) => parseOutcome(text, key),
        () => undefined,
      );
      if (outcome?.layer === undefined) return outcome;
      return (await content.stat(outcome.layer.descriptor, io)) === undefined ? undefined : outcome;
    },

    async keep(key, outcome) {
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

function parseOutcome(text: string, key: Digest): StepOutcome | undefined {
  try {
    const value = JSON.parse(text) as { key: string; layer?: { descriptor: unknown; diffId: string } };
    if (value.key !== key) return undefined;
    if (value.layer === undefined) return {};
    return { layer: { descriptor: parseDescriptor(value.layer.descriptor), diffId: parseDigest(value.layer.diffId) } };
  } catch {
    return undefined;
  }
}
