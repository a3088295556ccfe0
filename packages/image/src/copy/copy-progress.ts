import { type Descriptor, type Digest, isConfigType, isLayerType, isManifestType } from '@lading/oci';

/**
 * - `waiting`: its turn comes later
 * - `copying`: bytes are moving
 * - `copied`: whole at the target
 * - `mounted`: taken from another repository of the target
 * - `present`: was at the target already
 * - `skipped`: left out: a layer that may not be redistributed and is not at the source, or one that was deferred
 */
export type CopyState = 'waiting' | 'copying' | 'copied' | 'mounted' | 'present' | 'skipped';

/** One step of one content. */
export interface CopyProgress {
  readonly kind: 'manifest' | 'config' | 'layer' | 'blob';
  readonly digest: Digest;
  readonly state: CopyState;
  /** Bytes of this content. */
  readonly size: number;
  /** Bytes of this content that are over. */
  readonly offset: number;
  /** Bytes of the whole copy that are at the target, moved or not. */
  readonly transferredBytes: number;
  /** Bytes of the whole copy as far as it is known: it grows while manifests are read. */
  readonly totalBytes: number;
}

/** Adds the steps of all contents up and tells the listener. */
export class ProgressCounter {
  #transferredBytes = 0;
  #totalBytes = 0;
  readonly #listener: ((progress: CopyProgress) => void) | undefined;

  constructor(listener: ((progress: CopyProgress) => void) | undefined) {
    this.#listener = listener;
  }

  /** A reporter for one content, which is then waiting. */
  track(descriptor: Descriptor): (state: CopyState, offset?: number) => void {
    const { digest, size } = descriptor;
    const kind = kindOf(descriptor.mediaType);
    let counted = 0;
    this.#totalBytes += size;
    const report = (state: CopyState, offset = state === 'waiting' ? 0 : size): void => {
      this.#transferredBytes += offset - counted;
      counted = offset;
      const [transferredBytes, totalBytes] = [this.#transferredBytes, this.#totalBytes];
      this.#listener?.({ kind, digest, state, size, offset, transferredBytes, totalBytes });
    };
    report('waiting');
    return report;
  }
}

export function kindOf(mediaType: string): CopyProgress['kind'] {
  if (isManifestType(mediaType)) return 'manifest';
  if (isConfigType(mediaType)) return 'config';
  return isLayerType(mediaType) ? 'layer' : 'blob';
}
