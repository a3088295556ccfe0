import type { Io } from '@lading/bytes';
import type { Repository } from '@lading/store';
import { collectLayout } from './collect-layout.ts';
import type { SavedImage } from './save-docker-archive.ts';
import { writeLayout } from './write-layout.ts';

export interface SaveOciArchiveOptions extends Io {
  /** Also what refers to the saved manifests, and what cosign's tags about them point to. */
  readonly referrers?: boolean | undefined;
}

/**
 * A tar of an OCI layout with whole images and indexes, every byte of them as it is. A name becomes the entry's
 * `org.opencontainers.image.ref.name`, as skopeo matches it; one that is more than a tag also containerd's full image name.
 * Equal images give equal bytes. Throws REFERENCE_NOT_FOUND, BLOB_NOT_FOUND, and as reading does.
 */
export async function* saveOciArchive(
  repository: Repository,
  images: readonly SavedImage[],
  options: SaveOciArchiveOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const { referrers, signal } = options;
  const plan = await collectLayout(
    images.map(({ from, names }) => ({ repository, from, names })),
    { referrers, signal },
  );
  yield* writeLayout(plan, { signal });
}
