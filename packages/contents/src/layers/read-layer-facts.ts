import { tmpdir } from 'node:os';
import { type Bytes, decompress, type Io, tap } from '@lading/bytes';
import { interrupted, isLadingError, LadingError, messageOf } from '@lading/errors';
import type { LayerFacts } from '@lading/facts';
import type { Layer } from '@lading/image';
import { type ArchivedContent, type ArchivedEntry, readTar } from '@lading/tar';
import { allCatalogers } from '../catalogers/all-catalogers.ts';
import type { CatalogedFile, Cataloger } from '../catalogers/cataloger.ts';
import type { SecretFile, SecretScanner } from '../secrets/secret-scanner.ts';
import { accountFiles, maxAccountBytes } from './accounts.ts';
import { factsVersion } from './facts-version.ts';
import { HeldContent, heldFile, type KeptContent } from './kept-content.ts';
import { LayerCollector } from './layer-collector.ts';
import { defaultLayerLimits, type LayerLimits } from './layer-limits.ts';
import { Spool } from './spool.ts';

/** A layer, as far as its facts follow from it. */
export type StoredLayer = Pick<Layer, 'open'> & { readonly descriptor: Pick<Layer['descriptor'], 'digest'> };

export interface ReadLayerFactsOptions extends Io {
  /** All of them unless told. */
  readonly catalogers?: readonly Cataloger[] | undefined;
  /** Makes what looks for secrets; without it nobody does. */
  readonly secretScanner?: (() => SecretScanner) | undefined;
  readonly limits?: Partial<LayerLimits> | undefined;
  /** Hears how many bytes of the layer, as it is stored, were read so far. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
  /** Where files go that are too large to be held in memory; the system's temporary folder unless told. */
  readonly spoolFolder?: string | undefined;
}

/**
 * Everything that is to be known of a layer, in one reading of it with bounded memory: its paths, packages, secrets, notable files. What is
 * wrong with a file of it becomes a warning.
 *
 * The bytes are verified by the layer's digest, and nothing else is asked of it: no image has to be known that it is of. A config with a
 * wrong diffId describes an image that no engine unpacks; all that comes of it is a base image that is not found.
 *
 * Throws what reading the layer throws (BLOB_NOT_FOUND, DIGEST_MISMATCH, BYTES_CORRUPT, TAR_INVALID, …) with the layer in the message;
 * CONTENT_TOO_LARGE for one with too many entries; INTERRUPTED.
 */
export async function readLayerFacts(layer: StoredLayer, options: ReadLayerFactsOptions = {}): Promise<LayerFacts> {
  const { digest } = layer.descriptor;
  const { signal, onBytes } = options;
  const reader = new LayerReader(options);
  try {
    const stored = await layer.open({ signal });
    let bytes = 0;
    const counted = tap(stored, (chunk) => {
      bytes += chunk.length;
      onBytes?.(bytes);
    });
    await reader.read(decompress(counted, { signal }));
  } catch (error) {
    if (!isLadingError(error) || error.code === 'INTERRUPTED') throw error;
    const message = `Cannot read layer ${digest}: ${messageOf(error)}`;
    throw new LadingError(error.code, message, {
      cause: error,
      hint: error.hint,
      transient: error.transient,
      details: { layer: digest },
    });
  } finally {
    await reader.close();
  }
  return reader.collector.finish({ version: factsVersion, digest }, options.secretScanner !== undefined);
}

/** Who wants what of a file. */
interface Interest {
  readonly wanting: readonly Cataloger[];
  readonly hasAccounts: boolean;
  readonly secrets: SecretFile | undefined;
  readonly isKept: boolean;
}

class LayerReader {
  readonly collector: LayerCollector;
  readonly #limits: LayerLimits;
  readonly #catalogers: readonly Cataloger[];
  readonly #scanner: SecretScanner | undefined;
  readonly #held: HeldContent = new HeldContent();
  readonly #spool: Spool;
  readonly #signal: AbortSignal | undefined;
  #spooledBytes = 0;

  constructor({
    catalogers = allCatalogers,
    secretScanner,
    limits,
    spoolFolder = tmpdir(),
    signal,
  }: ReadLayerFactsOptions) {
    this.#limits = { ...defaultLayerLimits, ...limits };
    this.#catalogers = catalogers;
    this.#scanner = secretScanner?.();
    this.#spool = new Spool(spoolFolder);
    this.#signal = signal;
    this.collector = new LayerCollector(this.#limits);
  }

  async read(tar: Bytes): Promise<void> {
    for await (const entry of readTar(tar, { signal: this.#signal })) {
      const { path, type, size, content } = entry;
      if (!this.collector.entry(entry) || type !== 'file') continue;
      if (this.#scanner !== undefined) this.collector.secrets(path, this.#scanner.byName(path));
      if (size === 0) continue;
      const least = Math.min(size, startBytes);
      const begun = begunAtHand(content, least) ?? (await begin(content, least));
      // Of most files nothing more is wanted, and nothing is to be waited for.
      const interest = this.#interestIn(entry, begun.start);
      if (interest !== undefined) await this.#look(entry, begun, interest);
    }
  }

  close(): Promise<void> {
    return this.#spool.close();
  }

  #interestIn(entry: ArchivedEntry, start: Uint8Array): Interest | undefined {
    const { path, size } = entry;
    const wanting = this.#catalogers.filter((cataloger) => cataloger.wants(entry, start));
    const hasAccounts = accountFiles.has(path) && size <= maxAccountBytes;
    const secrets = this.#mayRead(entry) ? this.#scanner?.begin(path, size, start) : undefined;
    const isKept = (wanting.length > 0 || hasAccounts) && this.#mayKeep(entry);
    return secrets === undefined && !isKept ? undefined : { wanting, hasAccounts, secrets, isKept };
  }

  async #look(
    entry: ArchivedEntry,
    { start, content }: Begun,
    { wanting, hasAccounts, secrets, isKept }: Interest,
  ): Promise<void> {
    const { path, size } = entry;
    let file: CatalogedFile | undefined;
    // What lies in one chunk is ours as it is, until the next chunk is asked for.
    if (start.length === size) {
      secrets?.push(start);
      file = heldFile(entry, bufferOver(start), this.#signal);
    } else {
      const kept = isKept ? await this.#keep(entry) : undefined;
      for await (const chunk of content) {
        secrets?.push(chunk);
        await kept?.write(chunk);
      }
      file = kept?.file();
    }
    if (secrets !== undefined) this.collector.secrets(path, secrets.end());
    if (file === undefined || !isKept) return;
    if (hasAccounts) this.collector.accounts(entry, await file.whole());
    for (const cataloger of wanting) await this.#catalog(cataloger, file);
  }

  async #catalog(cataloger: Cataloger, file: CatalogedFile): Promise<void> {
    try {
      for await (const fact of cataloger.read(file)) this.collector.fact(file.path, cataloger.name, fact);
    } catch (error) {
      if (this.#signal?.aborted) throw interrupted(this.#signal);
      this.collector.warn(file.path, messageOf(error));
    }
  }

  /** Sparse files can be larger than any disk. */
  #mayRead({ size }: ArchivedEntry): boolean {
    return size <= this.#limits.fileBytes;
  }

  #mayKeep({ path, size }: ArchivedEntry): boolean {
    if (size <= this.#limits.heldBytes) return true;
    if (size > this.#limits.fileBytes) {
      this.collector.warn(
        path,
        `it has ${size} bytes; packages are looked for in files of at most ${this.#limits.fileBytes}`,
      );
      return false;
    }
    if (this.#spooledBytes + size > this.#limits.spooledBytes) {
      const most = this.#limits.spooledBytes;
      this.collector.warn(
        path,
        `packages were not looked for in it: the layer's large files have more than ${most} bytes in all`,
      );
      return false;
    }
    return true;
  }

  async #keep(entry: ArchivedEntry): Promise<KeptContent> {
    if (entry.size <= this.#limits.heldBytes) return this.#held.begin(entry, this.#signal);
    this.#spooledBytes += entry.size;
    return this.#spool.begin(entry, this.#signal);
  }
}

/** Enough for every format to be known by; and what a chunk has at hand, where it is more. */
const startBytes = 64;

/** A content of which the first bytes are known: all of it, still to be read. */
interface Begun {
  readonly start: Uint8Array;
  readonly content: Bytes;
}

function begunAtHand(content: ArchivedContent, least: number): Begun | undefined {
  const start = content.peek(least);
  return start && { start, content };
}

async function begin(bytes: Bytes, least: number): Promise<Begun> {
  const rest = bytes[Symbol.asyncIterator]();
  let start: Uint8Array = new Uint8Array();
  while (start.length < least) {
    const next = await rest.next();
    if (next.done === true) break;
    start = start.length === 0 && next.value.length >= least ? next.value : Buffer.concat([start, next.value]);
  }
  return { start, content: resumed(start, rest) };
}

async function* resumed(start: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield start;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

function bufferOver({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
