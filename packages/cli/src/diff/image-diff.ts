import { compareTrees, type FileNode, type PathDifference, union } from '@lading/filetree';
import type { Image } from '@lading/image';
import { formatPlatform } from '@lading/oci';
import type { LayerScan } from '../analysis/layer-scan.ts';
import { type ConfigChange, configChanges } from './config-changes.ts';
import { type HistoryChanges, historyChanges } from './history-changes.ts';
import { hasRpm, installedIn, type PackageChange, packageChanges } from './package-changes.ts';

export const parts = ['config', 'history', 'layers', 'packages', 'files'] as const;
export type Part = (typeof parts)[number];

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
  readonly packages?: {
    readonly changes: readonly PackageChange[];
    /** Databases of a kind that is not read. */
    readonly unread: readonly 'rpm'[];
  };
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

/** One side: an image, what it is called, and its layers once somebody needs to know what is in them. */
export interface Side {
  readonly name: string;
  readonly image: Image;
  scans(): Promise<readonly LayerScan[]>;
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
  const needsLayers = only.has('packages') || only.has('files');
  const inside = needsLayers ? await insideChanges(before, after, sameLayers, times) : undefined;
  const config = configChanges(before.image, after.image);
  const history = historyChanges(before.image, after.image) ?? null;
  const equal =
    (!only.has('config') || config.length === 0) &&
    (!only.has('history') || history === null) &&
    (!only.has('layers') || sameLayers) &&
    (!only.has('packages') || inside?.packages.changes.length === 0) &&
    (!only.has('files') || inside?.files.length === 0);
  return {
    before: compared(before),
    after: compared(after),
    equal,
    ...(only.has('config') ? { config } : {}),
    ...(only.has('history') ? { history } : {}),
    ...(only.has('layers') ? { layers } : {}),
    ...(only.has('packages') && inside !== undefined ? { packages: inside.packages } : {}),
    ...(only.has('files') && inside !== undefined ? { files: inside.files } : {}),
  };
}

async function insideChanges(
  before: Side,
  after: Side,
  sameLayers: boolean,
  times: boolean,
): Promise<{ packages: NonNullable<ImageDiff['packages']>; files: FileChange[] }> {
  if (sameLayers) return { packages: { changes: [], unread: [] }, files: [] };
  const [lower, upper] = [await before.scans(), await after.scans()];
  const [from, to] = [lower, upper].map((scans) => union(scans.map(({ tree }) => tree))) as [FileTreeOf, FileTreeOf];
  const unread = hasRpm(lower) || hasRpm(upper) ? (['rpm'] as const) : [];
  return {
    packages: { changes: packageChanges(installedIn(from, lower), installedIn(to, upper)), unread },
    files: [...compareTrees(from, to, { times })].map(fileChange),
  };
}

type FileTreeOf = ReturnType<typeof union>;

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
