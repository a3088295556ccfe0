import type { Bytes } from '@lading/bytes';
import { LadingError } from '@lading/errors';
import { algorithmOf, type Digest, Digester } from './digest.ts';

/** What content must turn out to be. A Descriptor is one. */
export interface Expected {
  readonly digest: Digest;
  /** Bytes. Without it any length is accepted that has the digest. */
  readonly size?: number | undefined;
}

/**
 * The same bytes, checked as they pass. After the last chunk it throws DIGEST_MISMATCH, or SIZE_MISMATCH when there were too few;
 * too many throw SIZE_MISMATCH before the chunk that exceeds is handed out. Until the iteration has ended well, the reader holds
 * unverified bytes. Returning early releases the source and verifies nothing.
 */
export async function* verified(bytes: Bytes, expected: Expected): AsyncGenerator<Uint8Array, void, undefined> {
  const { digest, size } = expected;
  const digester = new Digester(algorithmOf(digest));
  for await (const chunk of bytes) {
    if (size !== undefined && digester.size + chunk.length > size) {
      throw sizeMismatch(digest, size, digester.size + chunk.length, 'there are more');
    }
    digester.update(chunk);
    yield chunk;
  }
  if (size !== undefined && digester.size !== size) {
    throw sizeMismatch(digest, size, digester.size, `there are only ${digester.size}`);
  }
  assertDigest(digester.digest(), digest, digester.size);
}

/** Throws DIGEST_MISMATCH for content of so many bytes that has another digest than was expected. */
export function assertDigest(actual: Digest, expected: Digest, size: number): void {
  if (actual === expected) return;
  throw new LadingError('DIGEST_MISMATCH', `Cannot accept ${expected}: the content has digest ${actual}`, {
    hint: 'The content was damaged or replaced on its way. Fetch it again; if that does not help, its source is broken.',
    details: { expected, actual, size },
  });
}

/**
 * The same bytes, counted but not hashed, for a reader that hashes them itself: too many or too few throw SIZE_MISMATCH as `verified()`
 * does, so a source cannot send without end.
 */
export async function* sized(bytes: Bytes, { digest, size }: Expected): AsyncGenerator<Uint8Array, void, undefined> {
  let seen = 0;
  for await (const chunk of bytes) {
    seen += chunk.length;
    if (size !== undefined && seen > size) throw sizeMismatch(digest, size, seen, 'there are more');
    yield chunk;
  }
  if (size !== undefined && seen !== size) throw sizeMismatch(digest, size, seen, `there are only ${seen}`);
}

function sizeMismatch(digest: Digest, expected: number, seen: number, what: string): LadingError {
  return new LadingError('SIZE_MISMATCH', `Cannot accept ${digest}: it must have ${expected} bytes and ${what}`, {
    hint: 'The content was cut off, damaged or replaced on its way. Fetch it again; if that does not help, its source is broken.',
    details: { digest, expected, seen },
  });
}
