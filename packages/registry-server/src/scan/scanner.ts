import { openJudges } from './open-judge.ts';
import { readLayer } from './read-layer.ts';
import { scanImage } from './scan-image.ts';
import type { ScanParts } from './scan-parts.ts';
import type { Scanner } from './scan-task.ts';

/** In this thread: where there is no place that another could open, and in the others. */
export function createScanner(parts: ScanParts): Scanner {
  const judges = openJudges(parts);
  return {
    async run({ kind, digest }, signal) {
      if (kind === 'image') return { outcome: await scanImage(parts, digest, { judges, signal }) };
      await readLayer(parts, digest, { signal });
      return {};
    },
    close: async () => judges.close(),
  };
}
