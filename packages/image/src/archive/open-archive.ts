import type { Archive } from './archive.ts';
import { ArchiveFile, type OpenArchiveFileOptions } from './archive-file.ts';
import { archiveInvalid } from './archive-invalid.ts';
import { readDockerArchive } from './read-docker-archive.ts';
import { readOciArchive } from './read-oci-archive.ts';

export type OpenArchiveOptions = OpenArchiveFileOptions;

/**
 * Opens a docker-archive (`docker save`) or a tar of an OCI layout, plain or compressed with gzip or zstd; which it is, its content tells.
 * An archive that is both, as Docker 25 writes them, is taken as OCI, where its digests are the ones it was pulled with.
 *
 * Members are read where they lie; a compressed archive is unpacked to a temporary file until close(). Layers are verified when they are read.
 * Throws FILE_NOT_FOUND, ARCHIVE_INVALID, LAYOUT_INVALID, MANIFEST_INVALID, DIGEST_MISMATCH, BYTES_LIMIT.
 */
export async function openArchive(path: string, options: OpenArchiveOptions = {}): Promise<Archive> {
  const file = await ArchiveFile.open(path, options);
  try {
    if (file.has('oci-layout') && file.has('index.json')) return await readOciArchive(file, options);
    if (file.has('manifest.json')) return await readDockerArchive(file, options);
    const root = file.has('etc') || file.has('bin') || file.has('usr');
    throw archiveInvalid(
      path,
      root
        ? 'it looks like a root file system, not like an image'
        : 'it has neither manifest.json nor oci-layout and index.json',
    );
  } catch (error) {
    await file.close();
    throw error;
  }
}
