import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Io } from '@lading/bytes';
import { type Descriptor, type Digest, digestOf, hexOf, parseDescriptor, parseDigest } from '@lading/oci';
import type { ContentStore } from '@lading/store';
import type { HeldLayers } from './hold-layers.ts';
import { isHere } from './is-here.ts';

/** The result of a step: the layer it made, or none when it changed no file. */
export interface StepOutcome {
  readonly layer?: {
    readonly descriptor: Descriptor;
    readonly diffId: Digest;
    /** The name of its compression; absent: the default. */
    readonly compressedAs?: string | undefined;
  };
  /** Where it came from, for explanations. */
  readonly origin?: OutcomeOrigin | undefined;
}

export interface OutcomeOrigin {
  /** When the step ran: ISO 8601. */
  readonly at: string;
  /** The build of this machine that ran it. */
  readonly build?: string | undefined;
  /** The cache that it was imported from. */
  readonly cache?: string | undefined;
  /** The key whose record explains it, where that is another one. */
  readonly explainedBy?: Digest | undefined;
}

export interface StepCache {
  /** The outcome under a key, if it was kept and its layer is here or can be fetched. */
  find(key: Digest, io?: Io): Promise<StepOutcome | undefined>;
  /** `explainedBy`: a closer key that the outcome is kept under, too. */
  keep(key: Digest, outcome: StepOutcome, explainedBy?: Digest): Promise<void>;
  /** What was found and kept so far through this object: what an export of the build's cache holds. */
  readonly used: ReadonlyMap<Digest, StepOutcome>;
}

/** What keeps the layers of outcomes from being collected until the image that will refer to them is there. */
export type LayerLeases = Pick<HeldLayers, 'hold' | 'committed'>;

export interface StepCacheOptions {
  /** The build that runs the steps which are kept. */
  readonly build?: string | undefined;
  /** Whether a layer that is not in the content store can be had: `open` of the content would then fetch it. */
  readonly isFetchable?: ((layer: Descriptor) => Promise<boolean>) | undefined;
}

/** The time of a file is that of its last use; it is written this seldom, in milliseconds. */
const usedWithin = 3_600_000;

/**
 * Outcomes of steps by key, one small file each. Losing any of them, or all, costs time and nothing else: a file that cannot be
 * read is a miss. The time of a file is that of its last use: it tells which to give up first. Files are so small that reading one at once
 * is several times quicker than waiting for a thread.
 */
export function openStepCache(
  folder: string,
  content: Pick<ContentStore, 'stat' | 'localPath'>,
  leases?: LayerLeases,
  { build, isFetchable }: StepCacheOptions = {},
): StepCache {
  const used = new Map<Digest, StepOutcome>();
  const pathOf = (key: Digest): string => join(folder, 'steps', hexOf(key).slice(0, 2), `${hexOf(key)}.json`);
  return {
    used,

    async find(key, io) {
      const outcome = readOutcome(pathOf(key), key);
      if (outcome === undefined) return undefined;
      const { layer } = outcome;
      if (layer !== undefined) {
        const { digest } = layer.descriptor;
        if (await isHere(content, digest, io)) leases?.hold(digest);
        else if ((await isFetchable?.(layer.descriptor)) !== true) return undefined;
      }
      used.set(key, outcome);
      return outcome;
    },

    async keep(key, outcome, explainedBy) {
      if (outcome.layer !== undefined) leases?.committed(outcome.layer.descriptor.digest);
      const made = outcome.origin ?? { at: new Date().toISOString(), build };
      const kept = { ...outcome, origin: { ...made, explainedBy } };
      used.set(key, kept);
      const path = pathOf(key);
      const draft = `${path}.${randomUUID()}.tmp`;
      mkdirSync(dirname(path), { recursive: true });
      try {
        const { origin } = kept;
        const layer = kept.layer && fieldsOf(kept.layer);
        writeFileSync(draft, JSON.stringify({ key, layer, check: checkOf(key, layer), origin }));
        renameSync(draft, path);
      } catch (error) {
        rmSync(draft, { force: true });
        throw error;
      }
    },
  };
}

/** Of a layer that was just written more is known than has to be kept. */
function fieldsOf({ descriptor, diffId, compressedAs }: NonNullable<StepOutcome['layer']>): StepOutcome['layer'] {
  return { descriptor, diffId, compressedAs };
}

/** So that a file which was damaged, and is JSON still, is a miss. */
function checkOf(key: string, layer: unknown): string {
  return hexOf(digestOf(JSON.stringify([key, layer ?? null]))).slice(0, 16);
}

function readOutcome(path: string, key: Digest): StepOutcome | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  const outcome = parseOutcome(text, key);
  if (outcome !== undefined) noteUse(path);
  return outcome;
}

function noteUse(path: string): void {
  try {
    const now = Date.now();
    if (now - statSync(path).mtimeMs > usedWithin) utimesSync(path, now / 1000, now / 1000);
  } catch {
    // It may be collected at this moment.
  }
}

export function parseOutcome(text: string, key: Digest): StepOutcome | undefined {
  try {
    const value = JSON.parse(text) as {
      key: string;
      layer?: { descriptor: unknown; diffId: string; compressedAs?: unknown };
      check: unknown;
      origin?: OutcomeOrigin; // shown, and nothing else
    };
    if (value.key !== key || value.check !== checkOf(key, value.layer)) return undefined;
    const origin = value.origin === undefined ? {} : { origin: value.origin };
    if (value.layer === undefined) return origin;
    const { compressedAs } = value.layer;
    return {
      layer: {
        descriptor: parseDescriptor(value.layer.descriptor),
        diffId: parseDigest(value.layer.diffId),
        ...(typeof compressedAs === 'string' ? { compressedAs } : {}),
      },
      ...origin,
    };
  } catch {
    return undefined;
  }
}
