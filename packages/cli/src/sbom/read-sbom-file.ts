import { stat } from 'node:fs/promises';
import type { ReadSbom } from '@lading/contents';
import { isLadingError, LadingError } from '@lading/errors';
import type { Context } from '../context.ts';
import { readInput } from '../read-input.ts';

/** Larger ones are of no image. */
const maxSbomBytes = 512 << 20;

/**
 * An SBOM of a file; says how many of its components are left out. Throws FILE_NOT_FOUND, FILE_UNREADABLE, and SBOM_INVALID with the file's
 * name.
 */
export async function readSbomFile({ progress }: Pick<Context, 'progress'>, path: string): Promise<ReadSbom> {
  const { readSbom } = await import('@lading/contents');
  // What cannot be looked at is told of by whoever reads it.
  const { size } = await stat(path).catch(() => ({ size: 0 }));
  const bytes = size > maxSbomBytes ? undefined : await readInput(path, 'SBOM');
  if (bytes === undefined || bytes.length > maxSbomBytes)
    throw new LadingError('SBOM_INVALID', `Cannot read the SBOM ${path}: it has more than ${maxSbomBytes} bytes`);
  try {
    const sbom = readSbom(bytes);
    if (sbom.unknown > 0)
      progress.warn(
        `${path}: ${sbom.unknown} components have no package URL of a kind that is known; they are left out`,
      );
    return sbom;
  } catch (error) {
    if (!isLadingError(error, 'SBOM_INVALID')) throw error;
    throw new LadingError(error.code, `${path}: ${error.message}`, { hint: error.hint, cause: error });
  }
}
