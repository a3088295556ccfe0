import { LadingError, messageOf } from '@lading/errors';
import {
  algorithmOf,
  childrenOf,
  type Descriptor,
  type Digest,
  digestOf,
  isForeignLayerType,
  isManifestType,
  type ManifestDocument,
  parseManifest,
} from '@lading/oci';
import { archiveInvalid } from '../archive/archive-invalid.ts';

/** What arrived, verified: the size of each content, and the bytes of what may be a manifest. */
export interface Arrived {
  readonly sizes: ReadonlyMap<Digest, number>;
  readonly manifests: ReadonlyMap<Digest, Uint8Array>;
}

/** Something that a manifest points to and that did not arrive. */
export interface Missing {
  readonly descriptor: Descriptor;
  /** Of the manifest that points to it. */
  readonly parent: Digest;
  /** An image of an index, or a layer that may not be redistributed: archives are made without them. */
  readonly mayBeAbsent: boolean;
}

/** Indexes in indexes. */
const maxDepth = 8;

/** The manifests of an archive and what they point to, followed from those that it lists. */
export class ManifestGraph {
  /** Manifests by digest, children before those that point to them. */
  readonly documents: Map<Digest, ManifestDocument> = new Map();
  /** Everything that was reached and is there. */
  readonly reached: Map<Digest, Descriptor> = new Map();
  readonly missing: Missing[] = [];
  readonly #where: string;
  readonly #arrived: Arrived;

  constructor(where: string, arrived: Arrived) {
    this.#where = where;
    this.#arrived = arrived;
  }

  /**
   * Follows a manifest that is there to everything below it. Throws ARCHIVE_INVALID for what is no manifest or lies too deep, SIZE_MISMATCH,
   * DIGEST_MISMATCH for embedded data, MANIFEST_INVALID, MANIFEST_UNSUPPORTED.
   */
  follow(descriptor: Descriptor, depth = 0): ManifestDocument {
    this.#assertSize(descriptor);
    const { digest } = descriptor;
    const known = this.documents.get(digest);
    if (known !== undefined) return known;
    if (depth > maxDepth) throw archiveInvalid(this.#where, `${digest} lies more than ${maxDepth} indexes deep`);
    const document = this.#read(descriptor);
    for (const child of childrenOf(document)) {
      if (!this.#arrived.sizes.has(child.digest)) {
        const mayBeAbsent =
          isForeignLayerType(child.mediaType) || (document.kind === 'index' && isManifestType(child.mediaType));
        this.missing.push({ descriptor: child, parent: digest, mayBeAbsent });
      } else if (isManifestType(child.mediaType)) this.follow(child, depth + 1);
      else {
        this.#assertSize(child);
        if (!this.reached.has(child.digest)) this.reached.set(child.digest, child);
      }
    }
    this.documents.set(digest, document);
    this.reached.set(digest, document.descriptor);
    return document;
  }

  /** The manifests below one, itself included. */
  below(digest: Digest): ReadonlySet<Digest> {
    const found = new Set([digest]);
    for (const each of found) {
      const document = this.documents.get(each);
      if (document?.kind !== 'index') continue;
      for (const child of document.value.manifests) if (this.documents.has(child.digest)) found.add(child.digest);
    }
    return found;
  }

  #read({ digest, mediaType }: Descriptor): ManifestDocument {
    const bytes = this.#arrived.manifests.get(digest);
    if (bytes === undefined) throw archiveInvalid(this.#where, `${digest} is listed as a manifest and is none`);
    try {
      return parseManifest(bytes, mediaType, { algorithm: algorithmOf(digest) });
    } catch (cause) {
      if (!(cause instanceof LadingError)) throw cause;
      throw new LadingError(cause.code, `Cannot open archive ${this.#where}: ${digest}: ${messageOf(cause)}`, {
        hint: cause.hint,
        cause,
        details: { where: this.#where, digest },
      });
    }
  }

  #assertSize({ digest, size, data }: Descriptor): void {
    const actual = this.#arrived.sizes.get(digest);
    if (actual !== size) {
      throw new LadingError(
        'SIZE_MISMATCH',
        `Cannot open archive ${this.#where}: ${digest} must have ${size} bytes and has ${actual}`,
        {
          hint: 'Whoever made the manifest that says so made a mistake; export the image again.',
          details: { where: this.#where, digest, expected: size, actual },
        },
      );
    }
    if (data === undefined || digestOf(Buffer.from(data, 'base64'), algorithmOf(digest)) === digest) return;
    throw new LadingError(
      'DIGEST_MISMATCH',
      `Cannot open archive ${this.#where}: the data embedded for ${digest} is something else`,
      { details: { where: this.#where, digest } },
    );
  }
}
