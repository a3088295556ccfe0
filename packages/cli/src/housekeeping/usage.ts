import type { Digest } from '@lading/oci';
import { nameText } from './names.ts';
import type { Keeper, Survey } from './survey.ts';

/** What one image takes. Content that is not on this machine does not count. */
export interface ImageUsage {
  readonly names: readonly string[];
  readonly digest: Digest;
  /** Bytes of everything it consists of, and of what refers to it. */
  readonly size: number;
  /** Bytes that no other image has. */
  readonly uniqueSize: number;
  readonly sharedSize: number;
}

export interface Amount {
  readonly count: number;
  /** Bytes. */
  readonly size: number;
}

export interface Usage {
  readonly images: readonly ImageUsage[];
  /** Content by what keeps it, each once; `cache` with downloads and outcomes of steps. */
  readonly content: Readonly<Record<Keeper, Amount>>;
  readonly snapshots: Amount;
  readonly partial: Amount;
}

export function usageOf(survey: Survey): Usage {
  const content: Record<Keeper, { count: number; size: number }> = {
    images: { count: 0, size: 0 },
    undo: { count: 0, size: 0 },
    cache: { count: 0, size: 0 },
    nothing: { count: 0, size: 0 },
  };
  for (const { digest, size } of survey.blobs.values()) add(content[survey.keeperOf(digest)], size);
  for (const file of survey.cacheFiles) add(content.cache, file.size);
  return {
    images: imagesOf(survey),
    content,
    snapshots: amountOf(survey.snapshots),
    partial: amountOf(survey.ingests),
  };
}

function imagesOf({ names, holdings, blobs }: Survey): ImageUsage[] {
  const owners = new Map<Digest, number>();
  for (const { digest } of holdings) owners.set(digest, (owners.get(digest) ?? 0) + 1);
  const images = new Map<Digest, { names: string[]; unique: number; shared: number }>();
  for (const name of names) {
    const image = images.get(name.digest) ?? { names: [], unique: 0, shared: 0 };
    images.set(name.digest, image);
    image.names.push(nameText(name));
  }
  for (const { root, digest } of holdings) {
    const image = images.get(root);
    const size = blobs.get(digest)?.size ?? 0;
    if (image === undefined) continue;
    if (owners.get(digest) === 1) image.unique += size;
    else image.shared += size;
  }
  return [...images]
    .map(([digest, { names: own, unique, shared }]) => ({
      names: own,
      digest,
      size: unique + shared,
      uniqueSize: unique,
      sharedSize: shared,
    }))
    .sort((one, two) => two.size - one.size);
}

function amountOf(items: readonly { readonly size?: number }[]): Amount {
  return { count: items.length, size: items.reduce((sum, { size = 0 }) => sum + size, 0) };
}

function add(amount: { count: number; size: number }, size: number): void {
  amount.count++;
  amount.size += size;
}
