import { digestOf, hexOf } from '@lading/oci';
import type { FileSource } from '../file-source.ts';
import type { Material } from '../materials.ts';

export interface Taken {
  /** The source, for whoever takes files from it. */
  readonly source: FileSource;
  /** What was taken so far; undefined for nothing. */
  material(name: string, uri: string): Material | undefined;
}

/**
 * Watches what a build takes from a source of files. Its digest, `ladingTaken`, is a SHA-256 over the sorted fingerprints of what
 * instructions chose: names, modes, links and contents. What no instruction asked for has no part in it, and costs nothing.
 */
export function watchTaken(source: FileSource): Taken {
  const fingerprints = new Set<string>();
  const { identity } = source;
  return {
    source: {
      ...source,
      identity: {
        ...identity,
        async fingerprint(files, io) {
          const fingerprint = await identity.fingerprint(files, io);
          if (files.length > 0) fingerprints.add(fingerprint);
          return fingerprint;
        },
      },
    },
    material(name, uri) {
      if (fingerprints.size === 0) return undefined;
      const digest = digestOf([...fingerprints].sort().join('\n'));
      return { kind: 'context', name, uri, digest: { ladingTaken: hexOf(digest) } };
    },
  };
}
