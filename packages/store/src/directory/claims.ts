import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { algorithmOf, type Digest, hexOf, isDigest } from '@lading/oci';
import { createFile } from '../internal/create-file.ts';
import { hasErrno } from '../internal/durable-file.ts';
import { isGone, processMark } from '../internal/process-mark.ts';
import { removeFile } from '../internal/remove-file.ts';

const nobody = 'free';

/** What a claim's name says. */
export interface ClaimName {
  readonly name: string;
  readonly digest: Digest;
  readonly ingest: string;
  /** A process mark, or that nobody has it. */
  readonly owner: string;
}

/** True when its process let go of it or is gone. */
export function isAbandoned({ owner }: ClaimName): boolean {
  return owner === nobody || isGone(owner);
}

/**
 * Whose an ingest is whose digest is known beforehand: an empty file `<algorithm>.<hex>.<ingest>.<process>`, with `free` for the process
 * once it was suspended. The claim is held also between two appends, so that nobody adopts what a living process has in hand; and taking
 * it is one rename, so that of several who want it one gets it.
 */
export class Claim {
  readonly #folder: string;
  readonly #key: string;
  readonly #name: string;

  private constructor(folder: string, digest: Digest, ingest: string) {
    this.#folder = folder;
    this.#key = `${algorithmOf(digest)}.${hexOf(digest)}.${ingest}`;
    this.#name = `${this.#key}.${processMark()}`;
  }

  static async create(folder: string, digest: Digest, ingest: string): Promise<Claim> {
    const claim = new Claim(folder, digest, ingest);
    await (await createFile(join(folder, claim.#name))).close();
    return claim;
  }

  /** Undefined when another was faster. */
  static async take(folder: string, { name, digest, ingest }: ClaimName): Promise<Claim | undefined> {
    const claim = new Claim(folder, digest, ingest);
    return (await moved(join(folder, name), join(folder, claim.#name))) ? claim : undefined;
  }

  /** For whoever wants it next. */
  async free(): Promise<void> {
    await moved(join(this.#folder, this.#name), join(this.#folder, `${this.#key}.${nobody}`));
  }

  async remove(): Promise<void> {
    await removeFile(join(this.#folder, this.#name));
  }
}

export async function readClaims(folder: string): Promise<ClaimName[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (hasErrno(error, 'ENOENT')) return [];
    throw error;
  });
  const claims: ClaimName[] = [];
  for (const name of names) {
    const [algorithm, hex, ingest, ...owner] = name.split('.');
    const digest = `${algorithm}:${hex}`;
    if (ingest !== undefined && isDigest(digest)) claims.push({ name, digest, ingest, owner: owner.join('.') });
  }
  return claims;
}

async function moved(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return false;
    throw error;
  }
}
