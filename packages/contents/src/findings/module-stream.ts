import type { ImagePackage } from '@lading/facts';
import type { Affected } from '../advisories/advisory-database.ts';
import type { AdvisedPackage } from './advised-package.ts';

/** The module and stream that an rpm package was built for, `nodejs:18`, as its record or package URL says. */
export function streamOf({ qualifiers }: ImagePackage): string | undefined {
  const label = qualifiers?.modularitylabel ?? qualifiers?.rpmmod;
  return label?.split(':').slice(0, 2).join(':');
}

/**
 * Streams of a module (rpm) are releases side by side: what is fixed in nodejs:16 says nothing of nodejs:14. Where the advisory names another
 * stream of the package's module, it is about that. Where advisory or package does not name its stream, the version tells at least whether it
 * is of a module, and its first number which.
 */
export function isOfStream(
  { order, version }: AdvisedPackage,
  stream: string | undefined,
  affected: Affected,
): boolean {
  if (order !== 'redhat') return true;
  const named = affected.details?.module?.split(' ') ?? [];
  if (stream !== undefined) {
    if (named.includes(stream)) return true;
    if (named.some((other) => moduleOf(other) === moduleOf(stream))) return false;
  }
  const fixes = affected.ranges.flatMap(({ fixed }) => fixed ?? []);
  if (fixes.length === 0) return true;
  return fixes.some((fixed) => {
    const modular = fixed.includes('.module');
    if (modular !== version.includes('.module')) return false;
    return !modular || firstNumber(fixed) === firstNumber(version);
  });
}

function moduleOf(stream: string): string | undefined {
  return stream.split(':')[0];
}

function firstNumber(version: string): string | undefined {
  return /^(?:\d+:)?(\d+)/.exec(version)?.[1];
}
