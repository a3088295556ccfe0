import type { Bytes, Io } from '@lading/bytes';
import type { Digest, ImageIndex } from '@lading/oci';
import { type ContentStore, parseLayoutIndex } from '@lading/store';
import { readLayoutStream } from '../archive/read-layout-stream.ts';
import { claimsOf } from './bundle-claims.ts';
import type { BundleContents } from './bundle-contents.ts';
import { incomplete } from './bundle-incomplete.ts';
import { checkBundle } from './check-bundle.ts';
import type { Placement } from './placed-manifests.ts';
import { type PublishedTag, publishBundle } from './publish-bundle.ts';
import { Staging } from './staging.ts';
import { trustFilesOf } from './trust-file.ts';

export interface StageBundleOptions extends Io {
  /** Names the file in errors. */
  readonly where: string;
  /** Where the content is to appear. Without one the bundle is only verified. */
  readonly content?: ContentStore | undefined;
  /** Told the bytes of content that arrived and, once the bundle has said so, of how many. */
  readonly onProgress?: ((bytes: number, totalBytes?: number) => void) | undefined;
}

/** A bundle that was read and verified as a whole, and of which nothing is visible yet. Publish or discard it. */
export interface StagedBundle {
  readonly contents: BundleContents;
  /** Whether it says what it holds and holds exactly that; otherwise referrers may be missing, and nobody can know. */
  readonly proven: boolean;
  /** Content that nothing in it points to; it is not published. */
  readonly unused: readonly Digest[];
  /** What verifiers need, by file name; two of one name are the same. */
  readonly trustFiles: ReadonlyMap<string, Digest>;
  /**
   * Makes everything visible: content, then manifests, children before what points to them, then the tags of companions, and last those of
   * images. Throws REFERENCE_MOVED when someone else moves one of the tags meanwhile, and what the stores throw. After a failure or a crash
   * some content may be there, but no tag before everything that it needs.
   */
  publish(placements: readonly Placement[], io?: Io): Promise<readonly PublishedTag[]>;
  /** Removes what was not published. */
  discard(): Promise<void>;
}

/**
 * Reads a bundle, or any tar of an OCI layout, in one pass, and verifies all of it: the tar, each digest and size, each manifest, that
 * everything below each listed manifest is there, and that the bundle holds what it claims and nothing else. Until then content lies in
 * ingests of the store, which nobody sees; a failure removes them.
 *
 * Throws ARCHIVE_INVALID, LAYOUT_INVALID, DIGEST_MISMATCH, SIZE_MISMATCH, MANIFEST_INVALID, MANIFEST_UNSUPPORTED, BUNDLE_INCOMPLETE,
 * BYTES_LIMIT, INTERRUPTED, and what the source and the store throw.
 */
export async function stageBundle(bytes: Bytes, options: StageBundleOptions): Promise<StagedBundle> {
  const { where, content, onProgress, signal } = options;
  const staging = new Staging(where, content);
  let index: ImageIndex | undefined;
  let claimedBytes: number | undefined;
  let arrivedBytes = 0;
  try {
    const strangers = await readLayoutStream(bytes, {
      where,
      signal,
      onIndex: (text) => {
        index = parseLayoutIndex(text, where);
        claimedBytes = claimsOf(index.annotations, where)?.bytes;
      },
      onBlob: async (digest, size, blob) => {
        arrivedBytes += size;
        if (claimedBytes !== undefined && arrivedBytes > claimedBytes) {
          throw incomplete(where, `it has more than the ${claimedBytes} bytes of content that it claims`, digest);
        }
        await staging.take(digest, size, blob, { signal });
        onProgress?.(arrivedBytes, claimedBytes);
      },
    });
    await staging.settle();
    // readLayoutStream() has seen it.
    const checked = checkBundle(where, index!, staging, strangers);
    const { contents, proven, unused, graph } = checked;
    return {
      contents,
      proven,
      unused,
      trustFiles: trustFilesIn(checked, where),
      publish: (placements, io = {}) => publishBundle({ where, contents, graph, staging }, placements, io),
      discard: () => staging.discard(),
    };
  } catch (error) {
    await staging.discard();
    throw error;
  }
}

function trustFilesIn({ contents, graph }: ReturnType<typeof checkBundle>, where: string): ReadonlyMap<string, Digest> {
  const files = new Map<string, Digest>();
  for (const { kind, descriptor } of contents.manifests) {
    const document = kind === 'trust' ? graph.documents.get(descriptor.digest) : undefined;
    for (const file of document === undefined ? [] : trustFilesOf(document, where)) {
      const { digest } = file.descriptor;
      if ((files.get(file.name) ?? digest) !== digest) {
        throw incomplete(where, `it has two different trust files named ${file.name}`, digest);
      }
      files.set(file.name, digest);
    }
  }
  return files;
}
