import type { Fact } from '../cataloger.ts';
import { sourceOf, withEpoch } from './versions.ts';

/**
 * The packages of `container-manifest-2`, a line each, with tabs between what rpm tells of it: name, version-release, when it was installed
 * and built, vendor, epoch, size, architecture, the epoch as a number, source package. No document says so; the images have it, and trivy and
 * syft read it so.
 */
export function* readManifest(bytes: Buffer): Generator<Fact> {
  for (const line of bytes.toString('utf8').split('\n')) {
    const [name, version, , , vendor, , , architecture, epoch, source] = line.split('\t');
    if (!name || !version || name === 'gpg-pubkey') continue;
    const full = withEpoch(Number(epoch) || undefined, version);
    yield {
      kind: 'package',
      package: {
        type: 'rpm',
        name,
        version: full,
        architecture: isPresent(architecture) && architecture !== 'noarch' ? architecture : undefined,
        source: sourceOf(source, full),
        supplier: isPresent(vendor) ? vendor : undefined,
      },
    };
  }
}

/** rpm writes `(none)` for what a package has not. */
function isPresent(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '(none)';
}
