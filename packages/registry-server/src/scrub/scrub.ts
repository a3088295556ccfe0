import type { Digest } from '@lading/oci';
import { findDamage } from './damage.ts';
import { type HealOptions, heal } from './heal.ts';

/** What a scrub found, and what became of it. */
export interface ScrubReport {
  /** Contents that were read, and their bytes. */
  readonly blobs: number;
  readonly bytes: number;
  readonly damaged: number;
  readonly healed: number;
  /** What nobody could give again: it has to be pushed. The first of them. */
  readonly lost: readonly LostContent[];
}

export interface LostContent {
  readonly digest: Digest;
  readonly problem: string;
  readonly repositories: readonly string[];
  readonly failures: readonly string[];
}

/** A list that somebody reads. */
const mostLost = 1000;

export interface ScrubOptions extends HealOptions {
  readonly onProgress: (report: Omit<ScrubReport, 'lost'>) => void;
}

/** Reads all content, and heals what is damaged. */
export async function scrub(options: ScrubOptions): Promise<ScrubReport> {
  const { content, signal, onProgress } = options;
  const figures = { blobs: 0, bytes: 0, damaged: 0, healed: 0 };
  const lost: LostContent[] = [];
  const onRead = (read: { readonly blobs: number; readonly bytes: number }): void => {
    Object.assign(figures, { blobs: read.blobs, bytes: read.bytes });
    onProgress({ ...figures });
  };
  for await (const damage of findDamage(content, { signal, onProgress: onRead })) {
    figures.damaged++;
    const { digest, problem } = damage;
    const healing = await heal(damage, options);
    if (healing.state === 'healed') figures.healed++;
    else if (healing.state === 'lost' && lost.length < mostLost) {
      lost.push({ digest, problem, repositories: healing.repositories, failures: healing.failures });
    }
  }
  return { ...figures, lost };
}
