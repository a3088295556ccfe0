import { writeCycloneDx } from './cyclonedx/write-cyclonedx.ts';
import type { Sbom, WriteSbomOptions } from './sbom.ts';
import { writeSpdx } from './spdx/write-spdx.ts';

/** An SBOM as a document. Equal SBOMs and options give equal bytes. */
export function writeSbom(sbom: Sbom, options: WriteSbomOptions): Uint8Array {
  return options.format === 'spdx-2.3' ? writeSpdx(sbom, options) : writeCycloneDx(sbom, options);
}
