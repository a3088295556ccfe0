import { annotationKeys } from './annotation.ts';
import type { Descriptor } from './descriptor.ts';
import { versionRuns } from './internal/windows-version.ts';
import { isManifestType } from './media-type.ts';
import { normalizePlatform, type Platform } from './platform.ts';

/** True when a machine of the platform `wanted` runs an image of the platform `candidate`, natively or as an older variant. */
export function matchPlatform(wanted: Platform, candidate: Platform): boolean {
  return rankOf(platformOrder(wanted), candidate) >= 0;
}

/**
 * Which manifest of an index to take: the best match in containerd's order, the first of equals; on Windows the highest system version
 * among them. `unknown/unknown` entries, attestations and what is no manifest are never chosen. When nothing matches and exactly one
 * manifest names no platform at all, it is that one, and its config has the last word. `undefined` when there is none.
 */
export function selectPlatform(descriptors: readonly Descriptor[], wanted: Platform): Descriptor | undefined {
  const order = platformOrder(wanted);
  const candidates = descriptors.filter(isImage);
  let best: Descriptor | undefined;
  let bestRank = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const rank = candidate.platform === undefined ? -1 : rankOf(order, candidate.platform);
    if (rank < 0 || rank > bestRank) continue;
    if (rank === bestRank && !isNewerSystem(candidate, best)) continue;
    best = candidate;
    bestRank = rank;
  }
  if (best !== undefined) return best;
  const [only, ...others] = candidates.filter(({ platform }) => platform === undefined);
  return others.length === 0 ? only : undefined;
}

/**
 * What a machine can run, best first, all normalised: arm/v7 → v7, v6, v5; arm64 → arm64, then arm v8, v7, v6, v5;
 * arm64/v9.1 → v9.1, v9, v8.6 … v8, then arm; amd64/v3 → v3, v2, amd64, then 386. After containerd's `platformVector`.
 */
export function platformOrder(wanted: Platform): readonly Platform[] {
  const platform = normalizePlatform(wanted);
  const { variant, ...rest } = platform;
  return architecturesBelow(platform.architecture, variant ?? '').map(([architecture, below]) =>
    normalizePlatform({ ...rest, architecture, variant: below }),
  );
}

type Step = readonly [architecture: string, variant: string];

function architecturesBelow(architecture: string, variant: string): readonly Step[] {
  const own: Step = [architecture, variant];
  const [, major = 0, minor = 0] = (/^v(\d{1,2})(?:\.(\d))?$/.exec(variant) ?? []).map((digits) => Number(digits ?? 0));
  if (architecture === 'amd64')
    return [own, ...countDown(major - 1, 1).map((n): Step => ['amd64', `v${n}`]), ['386', '']];
  if (architecture === 'arm') return [own, ...countDown(major - 1, 5).map((n): Step => ['arm', `v${n}`])];
  if (architecture !== 'arm64') return [own];
  const steps = [own];
  const minors = (from: number, of: number): void => {
    for (const n of countDown(from, 0)) steps.push(['arm64', n === 0 ? `v${of}` : `v${of}.${n}`]);
  };
  if (major === 8) minors(minor - 1, 8);
  if (major === 9) {
    minors(minor - 1, 9);
    // Armv9.n has everything of Armv8.(n + 5); the v8 line ends at v8.9.
    minors(Math.min(minor + 5, 9), 8);
  }
  const is64 = variant === '' || major === 8 || major === 9;
  return is64 ? [...steps, ...architecturesBelow('arm', 'v8')] : steps;
}

function countDown(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, from - to + 1) }, (_, index) => from - index);
}

function rankOf(order: readonly Platform[], candidate: Platform): number {
  const {
    os,
    architecture,
    variant,
    'os.version': version,
    'os.features': features = [],
  } = normalizePlatform(candidate);
  if (os === '' || os === 'unknown' || architecture === '' || architecture === 'unknown') return -1;
  return order.findIndex(
    (step) =>
      step.os === os &&
      step.architecture === architecture &&
      step.variant === variant &&
      features.every((feature) => step['os.features']?.includes(feature)) &&
      // Elsewhere a system's version is a note: images bring their own user space.
      (os !== 'windows' || versionRuns(step['os.version'], version)),
  );
}

function isImage(descriptor: Descriptor): boolean {
  return (
    isManifestType(descriptor.mediaType) && descriptor.annotations?.[annotationKeys.dockerReferenceType] === undefined
  );
}

function isNewerSystem(candidate: Descriptor, best: Descriptor | undefined): boolean {
  const [mine, its] = [candidate, best].map(
    (entry) => (entry?.platform?.os.toLowerCase() === 'windows' ? entry.platform['os.version'] : '') ?? '',
  );
  return (mine ?? '').localeCompare(its ?? '', 'en', { numeric: true }) > 0;
}
