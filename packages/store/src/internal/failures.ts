import { LadingError } from '@lading/errors';
import type { Descriptor, Digest } from '@lading/oci';

export function ingestNotFound(id: string): LadingError {
  return new LadingError('INGEST_NOT_FOUND', `Cannot resume ingest ${id.slice(0, 100)}: there is none with that id`, {
    hint: 'It was committed, aborted or collected as abandoned. Begin a new one.',
  });
}

export function ingestClosed(id: string, why: string): LadingError {
  return new LadingError('INGEST_CLOSED', `Cannot use ingest ${id}: ${why}`, { hint: 'Begin or resume another one.' });
}

export function ingestBusy(id: string): LadingError {
  return new LadingError('INGEST_BUSY', `Cannot use ingest ${id}: an earlier call on it has not finished`, {
    hint: 'Wait for append() before calling the next method.',
  });
}

export function blobNotFound(digest: Digest, store: string): LadingError {
  return new LadingError('BLOB_NOT_FOUND', `Cannot open ${digest}: ${store} does not hold it`, { details: { digest } });
}

/** Compares what arrived with what was announced. The descriptor of the stored content, or the error to throw. */
export function checkedDescriptor(
  actual: { readonly digest: Digest; readonly size: number },
  expected: Partial<Descriptor>,
): Descriptor {
  if (expected.size !== undefined && expected.size !== actual.size) {
    throw new LadingError(
      'SIZE_MISMATCH',
      `Cannot store ${expected.digest ?? actual.digest}: ${actual.size} bytes arrived instead of ${expected.size}`,
      {
        details: { expected: expected.size, actual: actual.size },
      },
    );
  }
  if (expected.digest !== undefined && expected.digest !== actual.digest) {
    throw new LadingError(
      'DIGEST_MISMATCH',
      `Cannot store ${expected.digest}: what arrived has the digest ${actual.digest}`,
      {
        details: { expected: expected.digest, actual: actual.digest },
      },
    );
  }
  return { mediaType: 'application/octet-stream', ...expected, digest: actual.digest, size: actual.size };
}
