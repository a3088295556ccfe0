import type { ImageFacts } from '@lading/facts';
import type { Digest } from '@lading/oci';

/** The formats that are written; each is read, too. */
export const sbomFormats = ['cyclonedx-1.6', 'cyclonedx-1.7', 'spdx-2.3'] as const;

export type SbomFormat = (typeof sbomFormats)[number];

/** What an SBOM is about, and what it says of it. */
export interface Sbom {
  readonly subject: SbomSubject;
  /** Of an image's own SBOM all of it; of one that others wrote what it tells: layers may be missing, and then packages have layer -1. */
  readonly facts: ImageFacts;
}

export interface SbomSubject {
  /** Without tag and digest: `registry.example.org/team/app`. */
  readonly name: string;
  readonly tag?: string | undefined;
  /** Absent for what is no image, such as a folder. */
  readonly digest?: Digest | undefined;
}

export interface WriteSbomOptions {
  readonly format: SbomFormat;
  /** ISO date of the document: the image's own, so that equal images give equal bytes. */
  readonly created: string;
  /** The version of Lading, which the document names. */
  readonly toolVersion: string;
}

/** Media types by which registries and other tools know an SBOM. */
export const sbomMediaTypes: Readonly<Record<SbomFormat, string>> = {
  'cyclonedx-1.6': 'application/vnd.cyclonedx+json',
  'cyclonedx-1.7': 'application/vnd.cyclonedx+json',
  'spdx-2.3': 'application/spdx+json',
};
