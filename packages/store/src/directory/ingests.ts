import { randomUUID } from 'node:crypto';
import { fstatSync } from 'node:fs';
import { join } from 'node:path';
import type { Digest } from '@lading/oci';
import type { ExpectedContent } from '../content-store.ts';
import type { ContentDigester } from '../internal/content-digester.ts';
import { createFile } from '../internal/create-file.ts';
import { ingestNotFound } from '../internal/failures.ts';
import { BufferedIngest, isSmall } from './buffered-ingest.ts';
import { Claim, type ClaimName, isAbandoned, readClaims } from './claims.ts';
import type { ContentFolders } from './content-folders.ts';
import { DirectoryIngest } from './directory-ingest.ts';
import { isIngestId, type PartialFile, sizeOf, takeOver } from './ingest-files.ts';

/** Hashes of suspended writes: one is kept for each write that may be gone on with in this process. */
const maxRemembered = 64;

/** How what was written gets to where content is read. */
export interface Publishing {
  /** Moves a whole and synced file there. */
  readonly publish: (path: string, digest: Digest) => Promise<void>;
  /** Whether content with these bytes is there, and stays as if it were committed now: then nothing has to be written. */
  readonly renew: (digest: Digest, data: Uint8Array) => Promise<boolean>;
}

/** The writes of one store: begun, resumed by id, adopted by digest. */
export class Ingests {
  readonly #folders: ContentFolders;
  readonly #publishing: Publishing;
  /** Those of this process that are open. */
  readonly #open = new Map<string, DirectoryIngest | BufferedIngest>();
  /** What was written to those of this process that were suspended. */
  readonly #suspended = new Map<string, DirectoryIngest['written']>();

  constructor(folders: ContentFolders, publishing: Publishing) {
    this.#folders = folders;
    this.#publishing = publishing;
  }

  get open(): ReadonlyMap<string, DirectoryIngest | BufferedIngest> {
    return this.#open;
  }

  async begin(expected: ExpectedContent): Promise<DirectoryIngest | BufferedIngest> {
    const id = randomUUID();
    if (isSmall(expected)) return this.#opened(new BufferedIngest({ id, expected, ...this.#surroundings() }));
    const { digest } = expected;
    const claim = digest === undefined ? undefined : await Claim.create(this.#folders.claims, digest, id);
    const file = await createFile(join(this.#folders.ingests, id));
    try {
      const { ino } = fstatSync(file.fd, { bigint: true });
      return this.#opened(this.#ingest(id, { size: 0, inode: ino }, expected, claim));
    } finally {
      await file.close();
    }
  }

  /** Throws INGEST_NOT_FOUND. */
  async resume(
    id: string,
    expected: ExpectedContent,
    orBegin?: ExpectedContent,
  ): Promise<DirectoryIngest | BufferedIngest> {
    const superseded = this.#open.get(id)?.supersede(expected);
    if (superseded instanceof BufferedIngest) return this.#opened(superseded);
    const partial = isIngestId(id) ? await takeOver(this.#folders.ingests, id) : undefined;
    // Unless another process has gone on with it since.
    if (superseded !== undefined && isSame(superseded.written.partial, partial)) return this.#opened(superseded);
    if (partial === undefined && orBegin !== undefined && isIngestId(id))
      return this.#opened(this.#beginAs(id, orBegin));
    if (partial === undefined) throw ingestNotFound(id);
    const found = (await readClaims(this.#folders.claims)).find((claim) => claim.ingest === id);
    const claim = found && (await Claim.take(this.#folders.claims, found));
    return this.#opened(this.#ingest(id, partial, expected, claim));
  }

  /** Goes on with the longest write of the digest that nobody has in hand; undefined when there is none. */
  async adopt(expected: ExpectedContent): Promise<DirectoryIngest | undefined> {
    const { digest } = expected;
    if (digest === undefined || isSmall(expected)) return undefined;
    const found = (await readClaims(this.#folders.claims)).filter(
      (claim) => claim.digest === digest && isAbandoned(claim),
    );
    for (const candidate of await this.#longestFirst(found)) {
      const claim = await Claim.take(this.#folders.claims, candidate);
      if (claim === undefined) continue;
      const partial = await takeOver(this.#folders.ingests, candidate.ingest);
      if (partial !== undefined) return this.#opened(this.#ingest(candidate.ingest, partial, expected, claim));
      await claim.remove();
    }
    return undefined;
  }

  /** It is found by its id, so nobody needs a claim; and its size, if known, was told by another process: its hash is left to the thread. */
  #beginAs(id: string, expected: ExpectedContent): DirectoryIngest | BufferedIngest {
    if (isSmall(expected)) return new BufferedIngest({ id, expected, ...this.#surroundings() });
    const { size, ...rest } = expected;
    return this.#ingest(id, undefined, rest, undefined);
  }

  async #longestFirst(claims: readonly ClaimName[]): Promise<ClaimName[]> {
    const sized = await Promise.all(
      claims.map(async (claim) => ({ claim, size: await sizeOf(this.#folders.ingests, claim.ingest) })),
    );
    return sized.sort((one, two) => two.size - one.size).map(({ claim }) => claim);
  }

  #ingest(
    id: string,
    partial: PartialFile | undefined,
    expected: ExpectedContent,
    claim: Claim | undefined,
  ): DirectoryIngest {
    return new DirectoryIngest({
      id,
      partial,
      digester: this.#digesterOf(id, partial),
      expected,
      claim,
      ...this.#surroundings(),
    });
  }

  /** What this process knows of a write that it suspended, unless somebody else has gone on with it since. */
  #digesterOf(id: string, partial: PartialFile | undefined): ContentDigester | undefined {
    const known = this.#suspended.get(id);
    this.#suspended.delete(id);
    return isSame(known?.partial, partial) ? known?.digester : undefined;
  }

  #opened<T extends DirectoryIngest | BufferedIngest>(ingest: T): T {
    this.#open.set(ingest.id, ingest);
    return ingest;
  }

  #surroundings() {
    return {
      folder: this.#folders.ingests,
      ...this.#publishing,
      tidy: this.#folders.tidy,
      onClose: (ingest: DirectoryIngest | BufferedIngest): void => {
        if (this.#open.get(ingest.id) === ingest) this.#open.delete(ingest.id);
      },
      onSuspend: (ingest: DirectoryIngest): void => {
        const [oldest] = this.#suspended.keys();
        if (this.#suspended.size >= maxRemembered && oldest !== undefined) this.#suspended.delete(oldest);
        const { written } = ingest;
        if (written.partial !== undefined) this.#suspended.set(ingest.id, written);
      },
    };
  }
}

function isSame(one: PartialFile | undefined, other: PartialFile | undefined): boolean {
  return one?.inode === other?.inode && one?.size === other?.size;
}
