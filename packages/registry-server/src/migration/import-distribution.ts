import { stat } from 'node:fs/promises';
import { collect, fromFile, type Io } from '@lading/bytes';
import { type Actor, type Catalog, moveTag, recordManifest, tagTarget } from '@lading/catalog';
import { isLadingError, messageOf, throwIfAborted } from '@lading/errors';
import {
  algorithmOf,
  childrenOf,
  type Descriptor,
  type Digest,
  digestOf,
  isForeignLayerType,
  isRepositoryName,
  isTag,
  type ManifestDocument,
  maxManifestBytes,
  parseManifest,
} from '@lading/oci';
import { type ContentStore, put } from '@lading/store';
import { linkContent } from '../policy/link-content.ts';
import { noPolicy } from '../policy/policy.ts';
import { writeContent } from '../policy/write-content.ts';
import { type DistributionLayout, openDistributionLayout } from './distribution-layout.ts';
import { inParallel } from './in-parallel.ts';

export interface ImportDistributionOptions extends Io {
  /** Of the other registry's data. It is only read. */
  readonly path: string;
  readonly catalog: Catalog;
  readonly content: ContentStore;
  readonly by: Actor;
  /** Put before names of repositories; with a slash at its end. */
  readonly prefix?: string | undefined;
  readonly onProgress?: ((report: ImportReport) => void) | undefined;
}

export interface ImportReport {
  repositories: number;
  manifests: number;
  tags: number;
  /** Blobs that were copied, and their bytes. */
  blobs: number;
  bytes: number;
  /** Manifests and blobs that an earlier import, or somebody else, had brought. */
  present: number;
  readonly problems: ImportProblem[];
}

/** Something that is not as it should be; the import went on. */
export interface ImportProblem {
  readonly repository: string;
  /** A digest, or a tag. */
  readonly name: string;
  readonly problem: 'absent' | 'damaged' | 'unsupported' | 'dangling';
  readonly message: string;
}

const atOnce = 4;

/**
 * Takes over what a CNCF distribution registry has: repository by repository the manifests with their blobs, each copied and verified by its
 * digest, then the tags. Run again, it goes on where it was broken off. What is damaged there is reported and left out; an image that lacks
 * something is taken all the same, so that its tags stay. Throws IMPORT_INVALID.
 */
export async function importDistribution(options: ImportDistributionOptions): Promise<ImportReport> {
  const layout = await openDistributionLayout(options.path);
  const report: ImportReport = {
    repositories: 0,
    manifests: 0,
    tags: 0,
    blobs: 0,
    bytes: 0,
    present: 0,
    problems: [],
  };
  for await (const source of layout.repositories()) {
    throwIfAborted(options.signal);
    const repository = `${options.prefix ?? ''}${source}`;
    if (!isRepositoryName(repository)) {
      const message = `"${repository}" is not a repository name`;
      report.problems.push({ repository, name: '', problem: 'unsupported', message });
      continue;
    }
    await new RepositoryImport(layout, source, repository, options, report).run();
    report.repositories++;
    options.onProgress?.(report);
  }
  return report;
}

class RepositoryImport {
  readonly #layout: DistributionLayout;
  readonly #source: string;
  readonly #repository: string;
  readonly #options: ImportDistributionOptions;
  readonly #report: ImportReport;
  /** A blob is often part of many images. */
  readonly #blobs = new Map<Digest, Promise<void>>();

  constructor(
    layout: DistributionLayout,
    source: string,
    repository: string,
    options: ImportDistributionOptions,
    report: ImportReport,
  ) {
    this.#layout = layout;
    this.#source = source;
    this.#repository = repository;
    this.#options = options;
    this.#report = report;
  }

  async run(): Promise<void> {
    const { signal } = this.#options;
    await inParallel(await this.#layout.revisions(this.#source), atOnce, async (digest) => {
      throwIfAborted(signal);
      await this.#manifest(digest);
    });
    await this.#tags();
  }

  async #manifest(digest: Digest): Promise<void> {
    const { catalog, content, by } = this.#options;
    const bytes = await this.#read(digest);
    if (bytes === undefined) return;
    let document: ManifestDocument;
    try {
      document = parseManifest(bytes, undefined, { algorithm: algorithmOf(digest) });
    } catch (error) {
      if (!isLadingError(error, 'MANIFEST_INVALID', 'MANIFEST_UNSUPPORTED')) throw error;
      this.#problem(digest, 'unsupported', error);
      return;
    }
    await Promise.all(
      childrenOf(document)
        .filter(({ mediaType }) => document.kind === 'manifest' && !isForeignLayerType(mediaType))
        .map((child) => this.#blobOnce(child)),
    );
    if (
      (await catalog.manifest(this.#repository, digest)) !== undefined &&
      (await content.stat(digest)) !== undefined
    ) {
      this.#report.present++;
      return;
    }
    const rewrite = () => put(content, bytes, { digest, size: bytes.length });
    await rewrite();
    await writeContent({ catalog, content }, by, { digest, rewrite }, (page) =>
      recordManifest(page, this.#repository, document.descriptor, bytes),
    );
    this.#report.manifests++;
  }

  /** Verified; undefined where it is not what it should be. */
  async #read(digest: Digest): Promise<Buffer | undefined> {
    try {
      const file = fromFile(this.#layout.blobPath(digest), { signal: this.#options.signal });
      const bytes = await collect(file, { maxBytes: maxManifestBytes, what: digest });
      if (digestOf(bytes, algorithmOf(digest)) === digest) return bytes;
      this.#problem(digest, 'damaged', new Error(`the content has the digest ${digestOf(bytes, algorithmOf(digest))}`));
    } catch (error) {
      this.#unreadable(digest, error);
    }
    return undefined;
  }

  #blobOnce(blob: Descriptor): Promise<void> {
    const known = this.#blobs.get(blob.digest);
    if (known !== undefined) return known;
    const begun = this.#blob(blob);
    this.#blobs.set(blob.digest, begun);
    return begun;
  }

  async #blob({ digest }: Descriptor): Promise<void> {
    const { catalog, content, by, signal, onProgress } = this.#options;
    const here = await content.stat(digest);
    if (here !== undefined && (await catalog.blob(this.#repository, digest)) !== undefined) {
      this.#report.present++;
      return;
    }
    const path = this.#layout.blobPath(digest);
    try {
      const { size } = await stat(path);
      if (here === undefined) {
        const ingest = await content.begin({ expected: { digest, size }, adopt: true, signal });
        try {
          const from = ingest.offset;
          await ingest.append(fromFile(path, { signal, range: { start: from } }), { signal });
          await ingest.commit({ digest, size }, { signal });
        } catch (error) {
          await (signal?.aborted ? ingest.suspend() : ingest.abort()).catch(() => {});
          throw error;
        }
        this.#report.blobs++;
        this.#report.bytes += size;
      }
      await linkContent({ catalog, content, policy: noPolicy }, by, this.#repository, { digest, size });
      onProgress?.(this.#report);
    } catch (error) {
      this.#unreadable(digest, error);
    }
  }

  async #tags(): Promise<void> {
    const { catalog, by } = this.#options;
    const tags = await this.#layout.tags(this.#source);
    const moves: { readonly name: string; readonly digest: Digest }[] = [];
    for (const { name, digest } of tags) {
      if (!isTag(name) || digest === undefined) {
        this.#problem(name, 'damaged', new Error('the tag points to nothing that can be read'));
      } else if ((await catalog.manifest(this.#repository, digest)) === undefined) {
        this.#problem(name, 'dangling', new Error(`the tag points to ${digest}, which could not be taken`));
      } else moves.push({ name, digest });
    }
    await catalog.ledger.write(by, async (page) => {
      for (const { name, digest } of moves) {
        if ((await tagTarget(page, this.#repository, name))?.digest === digest) continue;
        await moveTag(page, this.#repository, name, digest);
      }
    });
    this.#report.tags += moves.length;
  }

  /** Throws what is no fault of the content. */
  #unreadable(name: string, error: unknown): void {
    const isAbsent = (error as NodeJS.ErrnoException).code === 'ENOENT' || isLadingError(error, 'FILE_NOT_FOUND');
    const isDamaged = isLadingError(error, 'DIGEST_MISMATCH', 'SIZE_MISMATCH', 'FILE_UNREADABLE', 'BYTES_LIMIT');
    if (!isAbsent && !isDamaged) throw error;
    this.#problem(name, isAbsent ? 'absent' : 'damaged', error);
  }

  #problem(name: string, problem: ImportProblem['problem'], error: unknown): void {
    this.#report.problems.push({ repository: this.#repository, name, problem, message: messageOf(error) });
  }
}
