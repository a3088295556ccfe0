import type { Case } from './case.ts';
import type { Variation } from './variations.ts';
import type { Workshop } from './workshop.ts';

export interface Found {
  /** Builds that were held against the first one of their case. */
  readonly compared: number;
  /** Builds that an engine refused with a plain error, as bubblewrap does where a step has another user than root. */
  readonly refused: number;
  /** `copy/link (one worker, umask 077): sha256:… is not sha256:…` */
  readonly differences: readonly string[];
  /** Of the first build of each case. */
  readonly digests: Readonly<Record<string, string>>;
}

/** Builds each case once, and again under the variations that are chosen for it; cases that cannot be built say nothing here. */
export async function findDifferences(options: {
  readonly cases: readonly Case[];
  readonly here: Workshop;
  readonly elsewhere: Workshop;
  readonly chosen: (index: number) => readonly (Variation | undefined)[];
}): Promise<Found> {
  const { cases, here, elsewhere, chosen } = options;
  const differences: string[] = [];
  const digests: Record<string, string> = {};
  let [compared, refused] = [0, 0];
  const pending = cases.entries();
  const work = async (): Promise<void> => {
    for (const [index, one] of pending) {
      const first = await here.build(one);
      if (!first.ok) continue;
      digests[one.name] = first.digest;
      for (const variation of chosen(index)) {
        if (variation === undefined) continue;
        const again = await (variation.elsewhere ? elsewhere : here).build(one, variation);
        if (!again.ok && again.log.includes('"RUNTIME_UNAVAILABLE"')) {
          refused += 1;
          continue;
        }
        compared += 1;
        const digest = again.ok ? again.digest : again.log;
        if (digest !== first.digest)
          differences.push(`${one.name} (${variation.name}): ${digest} is not ${first.digest}`);
      }
    }
  };
  await Promise.all([work(), work()]);
  return { compared, refused, differences, digests };
}
