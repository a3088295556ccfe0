import { diffPackages, type PackageDifference } from '@lading/contents';
import type { ImageFacts } from '@lading/facts';
import { compareTrees, type FileNode, type PathDifference, union } from '@lading/filetree';
import type { Image } from '@lading/image';
import { formatPlatform } from '@lading/oci';
import type { LayerScan } from '../analysis/layer-scan.ts';
import { type ConfigChange, configChanges } from './config-changes.ts';
import { type HistoryChanges, historyChanges } from './history-changes.ts';
import type { Part } from './parts.ts';

/** What `lading diff --json` shows. A part that was not asked for is absent; sizes are bytes; paths have no leading slash. */
export interface ImageDiff {
  readonly before: ComparedImage;
  readonly after: ComparedImage;
  /** Whether the parts that were asked for are the same. */
  readonly equal: boolean;
  readonly config?: readonly ConfigChange[];
  /** Null where the instructions are the same. */
  readonly history?: HistoryChanges | null;
  readonly layers?: LayerChanges;
  readonly packages?: readonly PackageDifference[];
  readonly files?: readonly FileChange[];
}

export interface ComparedImage {
  readonly name: string;
  readonly digest: string;
  readonly platform: string;
  /** Of the layers as they are stored. */
  readonly size: number;
}

export interface LayerChanges {
  /** How many layers both begin with: their content is the same. */
  readonly shared: number;
  readonly before: number;
  readonly after: number;
  /** Bytes of the second image's layers that the first does not have: what it costs to pull the one where the other is. */
  readonly transfer: number;
}

export interface FileChange {
  readonly kind: PathDifference['kind'];
  readonly path: string;
  /** In what a changed path differs. */
  readonly aspects?: readonly string[];
  readonly before?: FileFacts;
  readonly after?: FileFacts;
}

export interface FileFacts {
  readonly type: string;
  readonly size: number;
  /** Octal, as in `0644`. */
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
  readonly linkPath?: string;
  readonly sha256?: string;
}

/** One side: an image, what it is called, and what is in its layers once somebody needs to know. */
export interface Side {
  readonly name: string;
  readonly image: Image;
  scans(): Promise<readonly LayerScan[]>;
  facts(): Promise<ImageFacts>;
}

/** Compares the parts that are asked for. Layers are read only for packages and files, and not where both images have the same. */
export async function imageDiff(
  before: Side,
  after: Side,
  options: { readonly only: ReadonlySet<Part>; readonly times: boolean },
): Promise<ImageDiff> {
  const { only, times } = options;
  const layers = layerChanges(before.image, after.image);
  const sameLayers = layers.shared === layers.before && layers.shared === layers.after;
  const packages = only.has('packages') ? (sameLayers ? [] : await packageChanges(before, after)) : undefined;
  const files = only.has('files') ? (sameLayers ? [] : await fileChanges(before, after, times)) : undefined;
  const config = configChanges(before.image, after.image);
  const history = historyChanges(before.image, after.image) ?? null;
  const equal =
    (!only.has('config') || config.length === 0) &&
    (!only.has('history') || history === null) &&
    (!only.has('layers') || sameLayers) &&
    (packages === undefined || packages.length === 0) &&
    (files === undefined || files.length === 0);
  return {
    before: compared(before),
    after: compared(after),
    equal,
    ...(only.has('config') ? { config } : {}),
    ...(only.has('history') ? { history } : {}),
    ...(only.has('layers') ? { layers } : {}),
    ...(packages === undefined ? {} : { packages }),
    ...(files === undefined ? {} : { files }),
  };
}

async function packageChanges(before: Side, after: Side): Promise<PackageDifference[]> {
  // What belongs to a package of the distribution came and went with that.
  const packagesOf = async (side: Side) => (await side.facts()).packages.filter(({ owner }) => owner === undefined);
  return diffPackages(await packagesOf(before), await packagesOf(after));
}

async function fileChanges(before: Side, after: Side, times: boolean): Promise<FileChange[]> {
  const [lower, upper] = [await before.scans(), await after.scans()].map((scans) =>
    union(scans.map(({ tree }) => tree)),
  );
  return [...compareTrees(lower!, upper!, { times })].map(fileChange);
}

function layerChanges({ layers: before }: Image, { layers: after }: Image): LayerChanges {
  let shared = 0;
  while (before[shared] !== undefined && before[shared]?.diffId === after[shared]?.diffId) shared += 1;
  const here = new Set(before.map(({ descriptor }) => descriptor.digest));
  const missing = new Map(after.map(({ descriptor }) => [descriptor.digest, descriptor.size]));
  for (const digest of here) missing.delete(digest);
  const transfer = [...missing.values()].reduce((sum, size) => sum + size, 0);
  return { shared, before: before.length, after: after.length, transfer };
}

function compared({ name, image }: Side): ComparedImage {
  const size = image.layers.reduce((sum, { descriptor }) => sum + descriptor.size, 0);
  return { name, digest: image.descriptor.digest, platform: formatPlatform(image.platform), size };
}

function fileChange(difference: PathDifference): FileChange {
  const { kind, path } = difference;
  return {
    kind,
    path,
    ...(difference.kind === 'changed' ? { aspects: difference.aspects } : {}),
    ...(difference.kind === 'added' ? {} : { before: factsOf(difference.before) }),
    ...(difference.kind === 'removed' ? {} : { after: factsOf(difference.after) }),
  };
}

function factsOf({ type, size, mode, uid, gid, linkPath, sha256 }: FileNode): FileFacts {
  return {
    type,
    size,
    mode: mode.toString(8).padStart(4, '0'),
    uid,
    gid,
    ...(linkPath === undefined ? {} : { linkPath }),
    ...(sha256 === undefined ? {} : { sha256 }),
  };
}
