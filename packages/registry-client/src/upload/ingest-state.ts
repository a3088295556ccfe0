import { LadingError } from '@lading/errors';
import type { Descriptor, Digest } from '@lading/oci';

export type IngestState = 'open' | 'committed' | 'aborted' | 'suspended' | 'continued elsewhere';

export function assertOpen(state: IngestState): void {
  if (state === 'open') return;
  throw new LadingError('INGEST_CLOSED', `Cannot use a write that was ${state}`);
}

/** What begin() and commit() state together; commit() has the last word. */
export function wantedOf(begun: Partial<Descriptor>, committed: Partial<Descriptor>): Partial<Descriptor> {
  const stated = Object.fromEntries(Object.entries(committed).filter(([, value]) => value !== undefined));
  return { ...begun, ...stated };
}

export function tooLong(): LadingError {
  return new LadingError('SIZE_MISMATCH', 'Cannot push: there are more bytes than were announced', {
    hint: 'The source changed while it was read, or its descriptor is wrong.',
  });
}

/** Compares what was sent with what is wanted; gives the digest. Throws SIZE_MISMATCH, DIGEST_MISMATCH. */
export function checkContent(
  wanted: Partial<Descriptor>,
  actual: { readonly size: number; readonly digest: Digest | undefined },
): Digest {
  const details = { wanted: { digest: wanted.digest, size: wanted.size }, actual };
  if (wanted.size !== undefined && wanted.size !== actual.size) {
    throw new LadingError('SIZE_MISMATCH', `Cannot push: ${wanted.size} bytes were announced and ${actual.size} came`, {
      details,
    });
  }
  if (actual.digest === undefined) {
    throw new LadingError('DIGEST_MISMATCH', 'Cannot push: after the connection broke the digest is no longer known', {
      hint: 'State the digest at commit(), or send the content again.',
    });
  }
  if (wanted.digest !== undefined && wanted.digest !== actual.digest) {
    throw new LadingError('DIGEST_MISMATCH', `Cannot push ${wanted.digest}: the content has digest ${actual.digest}`, {
      hint: 'The source is damaged, or its descriptor is wrong.',
      details,
    });
  }
  return actual.digest;
}
