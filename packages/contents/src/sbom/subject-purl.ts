import { formatPackageUrl } from '@lading/distro';
import type { SbomSubject } from './sbom.ts';

/** The image as a package URL of type oci; undefined for what is no image. */
export function subjectPurl({ name, tag, digest }: SbomSubject, platform: string): string | undefined {
  if (digest === undefined) return undefined;
  const [, architecture] = platform.split('/');
  return formatPackageUrl({
    type: 'oci',
    name: name.slice(name.lastIndexOf('/') + 1),
    version: digest,
    qualifiers: {
      ...(architecture === undefined ? {} : { arch: architecture }),
      repository_url: name,
      ...(tag === undefined ? {} : { tag }),
    },
  });
}
