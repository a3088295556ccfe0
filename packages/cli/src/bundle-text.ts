import type { BundleContents, BundledKind } from '@lading/image';
import { formatBytes } from './progress.ts';

/** What `--json` shows of a bundle: everything in it, with digests and sizes. */
export function bundleData({ manifests, parts, bytes, absent }: BundleContents): object {
  return {
    manifests: manifests.map(({ kind, descriptor, names, repository, subject }) => {
      const { digest, mediaType, artifactType, size } = descriptor;
      return {
        kind,
        digest,
        mediaType,
        ...(artifactType === undefined ? {} : { artifactType }),
        size,
        ...(names.length === 0 ? {} : { names }),
        ...(repository === undefined ? {} : { repository }),
        ...(subject === undefined ? {} : { subject }),
      };
    }),
    contents: parts.map(({ digest, mediaType, size }) => ({ digest, mediaType, size })),
    contentBytes: bytes,
    absent,
  };
}

const words: readonly (readonly [kind: BundledKind, one: string, many: string])[] = [
  ['image', 'image', 'images'],
  ['referrer', 'referrer', 'referrers'],
  ['companion', 'companion tag', 'companion tags'],
  ['trust', 'set of trust files', 'sets of trust files'],
];

/** `1 image, 3 referrers, 1 companion tag; 14 contents of 12 MB`. */
export function bundleSummary({ manifests, parts, bytes, absent }: BundleContents): string {
  const counts = words.flatMap(([kind, one, many]) => {
    const count = manifests.filter((manifest) => manifest.kind === kind).length;
    return count === 0 ? [] : [count === 1 ? `1 ${one}` : `${count} ${many}`];
  });
  const left = absent.length === 0 ? '' : `; ${absent.length} left out`;
  return `${counts.join(', ')}; ${parts.length} contents of ${formatBytes(bytes)}${left}`;
}
