import type { ProcessCost } from '../measured-process.ts';
import type { ScannedImage } from './images.ts';

/** A program that says what is in images. */
export interface Scanner {
  readonly name: string;
  readonly version: string;
  /** Forgets what it learnt of images. */
  forget(): Promise<void>;
  /** Writes an SBOM of the image, as CycloneDX. */
  sbom(image: ScannedImage): Promise<ProcessCost>;
  /** Reads the layers as registries have them; undefined where it reads no such archive. */
  sbomOfGzip?(image: ScannedImage): Promise<ProcessCost>;
  /** Also writes which vulnerabilities its packages have, by the advisories that are on the machine; undefined where it has none. */
  scan?(image: ScannedImage): Promise<ProcessCost>;
}

export interface Missing {
  readonly name: string;
  readonly missing: string;
}
