import type { ProcessCost } from '../measured-process.ts';
import type { ImageName, ScannedImage } from './images.ts';
import type { Scanner } from './scanner.ts';

/** One comparison: what all scanners that can do. */
export interface Row {
  readonly name: string;
  readonly what: string;
  readonly image: ImageName;
  /** Whether scanners forget what they know of images before each run. */
  readonly isCold: boolean;
  readonly run: (scanner: Scanner, image: ScannedImage) => Promise<ProcessCost> | undefined;
}

const sizes: readonly ImageName[] = ['250 MB', '1 GB'];

export const allRows: readonly Row[] = sizes.flatMap((image): Row[] => {
  const short = image === '1 GB' ? 'large' : 'small';
  const row = (name: string, what: string, isCold: boolean, run: Row['run']): Row => ({
    name: `${name}-${short}`,
    what: `${what} of ${image}`,
    ...{ image, isCold, run },
  });
  return [
    row('sbom', 'SBOM of an archive', true, (scanner, archive) => scanner.sbom(archive)),
    row('sbom-gzip', 'SBOM of an archive with gzip layers', true, (scanner, archive) => scanner.sbomOfGzip?.(archive)),
    row('sbom-warm', 'the same SBOM again', false, (scanner, archive) => scanner.sbom(archive)),
    row('scan', 'vulnerabilities of an archive', true, (scanner, archive) => scanner.scan?.(archive)),
    row('scan-warm', 'the same vulnerabilities again', false, (scanner, archive) => scanner.scan?.(archive)),
  ];
});
