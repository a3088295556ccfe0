import { createHash, type Hash } from 'node:crypto';
import { LadingError } from '@lading/errors';

declare const brand: unique symbol;

export type DigestAlgorithm = 'sha256' | 'sha512';

/**
 * `algorithm:hex`, compared with `===`. Only `parseDigest()`, `digestOf()` and `Digester` mint one.
 * OCI image-spec 1.1 §digests.
 */
export type Digest = `${DigestAlgorithm}:${string}` & { readonly [brand]: 'Digest' };

const pattern = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

export function isDigest(text: string): text is Digest {
  return pattern.test(text);
}

/** The text as a Digest. Throws DIGEST_INVALID, which says what is wrong with it. */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new LadingError('DIGEST_INVALID', `Cannot parse digest ${JSON.stringify(text.slice(0, 200))}: ${fault(text)}`, {
    hint: 'A digest looks like sha256: followed by 64 lower-case hexadecimal digits.',
  });
}

function fault(text: string): string {
  const colon = text.indexOf(':');
  if (colon < 0) return 'there is no algorithm before a colon';
  const algorithm = text.slice(0, colon);
  if (algorithm !== 'sha256' && algorithm !== 'sha512') {
    return `the algorithm ${JSON.stringify(algorithm.slice(0, 40))} is not supported`;
  }
  const hex = text.slice(colon + 1);
  const length = algorithm === 'sha256' ? 64 : 128;
  if (hex.length !== length) return `${algorithm} has ${length} hexadecimal digits, not ${hex.length}`;
  return 'it has characters other than 0-9 and a-f';
}

export function algorithmOf(digest: Digest): DigestAlgorithm {
  return digest.slice(0, 6) as DigestAlgorithm;
}

/** The digest without its algorithm. */
export function hexOf(digest: Digest): string {
  return digest.slice(7);
}

/** The digest of bytes in memory; text is taken as UTF-8. */
export function digestOf(data: Uint8Array | string, algorithm: DigestAlgorithm = 'sha256'): Digest {
  return new Digester(algorithm).update(data).digest();
}

/** Counts and hashes bytes that pass by. `digest()` may be called once, at the end; before it, that of a `copy()`. */
export class Digester {
  readonly algorithm: DigestAlgorithm;
  /** Bytes seen so far. */
  size = 0;
  #hash: Hash;

  constructor(algorithm: DigestAlgorithm = 'sha256') {
    this.algorithm = algorithm;
    this.#hash = createHash(algorithm);
  }

  update(data: Uint8Array | string): this {
    this.#hash.update(data);
    this.size += typeof data === 'string' ? Buffer.byteLength(data) : data.length;
    return this;
  }

  /** A second one that saw the same bytes; what either sees from here on is its own. */
  copy(): Digester {
    const twin = new Digester(this.algorithm);
    twin.#hash = this.#hash.copy();
    twin.size = this.size;
    return twin;
  }

  digest(): Digest {
    return `${this.algorithm}:${this.#hash.digest('hex')}` as Digest;
  }
}
