import type { Io } from '@lading/bytes';
import { type Descriptor, type Digest, isForeignLayerType, isManifestType } from '@lading/oci';
import type { Repository } from '@lading/store';
import { findDelta } from '../seekable/find-delta.ts';
import { type CopyOptions, chooseRoot } from './copy.ts';
import { type CopyProgress, kindOf } from './copy-progress.ts';
import { mountableFrom } from './mount.ts';
import { Pool } from './pool.ts';
import { walk } from './walk.ts';

/**
 * - `present`: is at the target
 * - `mount`: the target takes it from another repository, if it lets us
 * - `whole`: every byte moves
 * - `partial`: what similar layers at the target have in common with it does not move
 * - `skip`: a layer that may not be redistributed and is not at the source
 */
export type PlannedOutcome = 'present' | 'mount' | 'whole' | 'partial' | 'skip';

/** What a copy would do with one content. */
export interface PlannedContent {
  readonly kind: CopyProgress['kind'];
  readonly digest: Digest;
  readonly mediaType: string;
  /** Bytes of the content. */
  readonly size: number;
  readonly outcome: PlannedOutcome;
  /** Bytes that would come from the source. */
  readonly wireBytes: number;
  /** Bytes that would be taken from similar layers. */
  readonly reusedBytes: number;
  readonly requests: number;
  /** There are similar layers, but the source gives content only as a whole. */
  readonly rangesUnsupported: boolean;
}

export interface CopyPlan {
  /** What the copy would bring. */
  readonly descriptor: Descriptor;
  /** Every content once: manifests before what they point to. */
  readonly contents: readonly PlannedContent[];
}

export interface PlanCopyOptions extends Io, Pick<CopyOptions, 'from' | 'platforms' | 'referrers'> {
  /** Layers at the target that may have much in common with a layer, the likeliest first. */
  readonly similar?: ((layer: Descriptor) => AsyncIterable<Descriptor>) | undefined;
}

/**
 * What `copy()` with these options would move. Reads manifests, and the tables of seekable layers, and changes nothing.
 * Throws as `copy()` does before anything moves, and what the source throws.
 */
export async function planCopy(source: Repository, target: Repository, options: PlanCopyOptions): Promise<CopyPlan> {
  const { signal, referrers } = options;
  const { root, platforms } = await chooseRoot(source, options);
  const planner = new Planner(source, target, options);
  for (const { document, isFirst, children } of (await walk([root], { platforms, referrers, signal })).flat()) {
    if (document === undefined || !isFirst) continue;
    planner.manifest(document.descriptor);
    for (const child of children) if (!isManifestType(child.mediaType)) planner.blob(child);
  }
  return { descriptor: root.document.descriptor, contents: await Promise.all(planner.contents.values()) };
}

class Planner {
  readonly contents = new Map<Digest, Promise<PlannedContent>>();
  readonly #source: Repository;
  readonly #target: Repository;
  readonly #options: PlanCopyOptions;
  readonly #pool = new Pool(6);

  constructor(source: Repository, target: Repository, options: PlanCopyOptions) {
    this.#source = source;
    this.#target = target;
    this.#options = options;
  }

  manifest(descriptor: Descriptor): void {
    const { signal } = this.#options;
    this.#add(descriptor, async () => {
      const present = await this.#target.references.resolve(descriptor.digest, { signal });
      return planned(descriptor, present === undefined ? 'whole' : 'present');
    });
  }

  blob(descriptor: Descriptor): void {
    this.#add(descriptor, () => this.#blob(descriptor));
  }

  #add(descriptor: Descriptor, plan: () => Promise<PlannedContent>): void {
    if (this.contents.has(descriptor.digest)) return;
    const content = this.#pool.run(plan);
    // Reported when all are waited for.
    content.catch(() => {});
    this.contents.set(descriptor.digest, content);
  }

  async #blob(blob: Descriptor): Promise<PlannedContent> {
    const { signal, similar } = this.#options;
    const [source, target] = [this.#source.content, this.#target.content];
    if ((await target.stat(blob, { signal })) !== undefined) return planned(blob, 'present');
    if ((await mountableFrom(this.#source, this.#target, blob.digest)).length > 0) return planned(blob, 'mount');
    if (isForeignLayerType(blob.mediaType) && (await source.stat(blob, { signal })) === undefined)
      return planned(blob, 'skip');
    if (similar === undefined) return planned(blob, 'whole');
    const outcome = await findDelta({ source, layer: blob, local: target, similar: similar(blob), signal });
    if (outcome.state !== 'found')
      return { ...planned(blob, 'whole'), rangesUnsupported: outcome.state === 'unsupported' };
    const { wireBytes, reusedBytes, requests } = outcome.delta;
    return { ...planned(blob, 'partial'), wireBytes, reusedBytes, requests };
  }
}

function planned({ digest, mediaType, size }: Descriptor, outcome: PlannedOutcome): PlannedContent {
  const moves = outcome === 'whole';
  return {
    kind: kindOf(mediaType),
    digest,
    mediaType,
    size,
    outcome,
    wireBytes: moves ? size : 0,
    reusedBytes: 0,
    requests: moves ? 1 : 0,
    rangesUnsupported: false,
  };
}
