import { algorithmOf, type Digest, Digester } from '@lading/oci';
import type { ExpectedContent } from '@lading/store';

/**
 * The digest of what an upload sends, found out only where it was not stated beforehand: a registry checks one that it is told, and hashing
 * is half of what a push costs.
 */
export class UploadDigest {
  #digester: Digester | undefined;

  constructor({ digest, algorithm }: ExpectedContent) {
    if (digest === undefined) this.#digester = new Digester(algorithm);
  }

  update(chunk: Uint8Array): void {
    this.#digester?.update(chunk);
  }

  /** The upload goes on from there: when that is not where the hash is, the digest cannot be told any more. */
  goOnFrom(offset: number): void {
    if (this.#digester?.size !== offset) this.#digester = undefined;
  }

  /** The digest of all that was sent so far; where it is not known, the wanted one, which the registry then checks alone. */
  digest(wanted: Digest | undefined): Digest | undefined {
    const known = this.#digester?.copy().digest();
    if (known === undefined) return wanted;
    return wanted !== undefined && algorithmOf(wanted) !== algorithmOf(known) ? wanted : known;
  }
}
