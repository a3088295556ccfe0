import type { CvssRating, Severity } from '@lading/facts';
import type { AdvisoryRating } from '../advisories/advisory-database.ts';
import type { Vulnerable } from '../advisories/advisory-record.ts';
import { severityOf } from '../severity/severity-of.ts';

export interface Rating {
  readonly severity: Severity;
  readonly severitySource: string;
  /** All vectors that are known, the newest version of CVSS first. */
  readonly cvss: readonly CvssRating[];
}

/**
 * How bad a vulnerability is: as the distribution says for its own packages, which it builds with other options and defaults than upstream;
 * else by CVSS, the newest version first, of several vectors the worst; else in the words of who published the advisory.
 */
export function rate(
  ecosystem: string,
  affected: readonly Vulnerable[],
  advisories: readonly AdvisoryRating[],
): Rating {
  const cvss = uniqueRatings(advisories.flatMap((advisory) => advisory.cvss));
  const urgency = affected.find((one) => one.urgency !== undefined && one.urgency !== 'unknown')?.urgency;
  if (urgency !== undefined) return { severity: urgency, severitySource: ecosystem.split(':')[0] ?? ecosystem, cvss };
  const [best] = cvss;
  if (best !== undefined) return { severity: severityOf(best.score), severitySource: `CVSS ${best.version}`, cvss };
  const worded = advisories.find(({ severity }) => severity !== undefined && severity !== 'unknown');
  if (worded?.severity !== undefined)
    return { severity: worded.severity, severitySource: publisherOf(worded.id), cvss };
  return { severity: 'unknown', severitySource: 'nobody', cvss };
}

function uniqueRatings(ratings: readonly CvssRating[]): readonly CvssRating[] {
  if (ratings.length < 2) return ratings;
  const byVector = new Map(ratings.map((rating) => [rating.vector, rating]));
  return [...byVector.values()].sort(
    (a, b) => Number(b.version) - Number(a.version) || b.score - a.score || (a.vector < b.vector ? -1 : 1),
  );
}

const publishers: readonly (readonly [prefix: string, name: string])[] = [
  ['GHSA-', 'GitHub'],
  ['GO-', 'Go'],
  ['PYSEC-', 'PyPA'],
  ['RUSTSEC-', 'RustSec'],
  ['CVE-', 'CVE'],
  ['DSA-', 'Debian'],
  ['DLA-', 'Debian'],
  ['AL', 'AlmaLinux'],
  ['RL', 'Rocky Linux'],
  ['RX', 'Rocky Linux'],
  ['RH', 'Red Hat'],
  ['USN-', 'Ubuntu'],
  ['CGA-', 'Chainguard'],
];

function publisherOf(id: string): string {
  return publishers.find(([prefix]) => id.startsWith(prefix))?.[1] ?? id;
}
