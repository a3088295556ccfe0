import type { CvssRating } from '@lading/facts';
import { scoreCvss2 } from './cvss2.ts';
import { scoreCvss3 } from './cvss3.ts';
import { scoreCvss4 } from './cvss4.ts';

/**
 * The score of a CVSS vector of version 2.0, 3.0, 3.1 or 4.0, with all metrics that it has, as its publisher means it. Its prefix says
 * which version it is; version 2 has none, and often stands in brackets. Undefined where the text is no complete vector.
 */
export function rateVector(vector: string): CvssRating | undefined {
  const [, version = '2.0', metrics = ''] = /^(?:CVSS:([\d.]+)\/|\()?([^()]*)\)?$/.exec(vector) ?? [];
  const score = scoreOf(version, metrics);
  return score === undefined ? undefined : { version, vector, score };
}

function scoreOf(version: string, metrics: string): number | undefined {
  switch (version) {
    case '4.0':
      return scoreCvss4(metrics);
    case '3.1':
    case '3.0':
      return scoreCvss3(version, metrics);
    case '2.0':
      return scoreCvss2(metrics);
    default:
      return undefined;
  }
}
