import type { Distribution, FoundDistribution } from '@lading/facts';

/**
 * The one that counts, of all that the files of an image say: `etc/os-release`, else `usr/lib/os-release`, else another os-release that
 * those are links to, else what an older file says.
 */
export function chooseDistribution(found: readonly FoundDistribution[]): Distribution | undefined {
  return [...found].sort((a, b) => rank(a.location) - rank(b.location))[0]?.distribution;
}

function rank(location: string): number {
  const place = ['etc/os-release', 'usr/lib/os-release'].indexOf(location);
  if (place >= 0) return place;
  // An older file of a child is more than that of the distribution it stems from.
  return location.startsWith('usr/lib/') ? 2 : location === 'etc/debian_version' ? 4 : 3;
}
