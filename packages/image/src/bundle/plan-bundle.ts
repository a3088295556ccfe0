import type { Io } from '@lading/bytes';
import type { Platform } from '@lading/oci';
import { collectLayout, type LayoutRoot } from '../archive/collect-layout.ts';
import { LayoutBuilder } from '../archive/layout-builder.ts';
import type { LayoutPlan } from '../archive/layout-plan.ts';
import { writeLayout } from '../archive/write-layout.ts';
import { annotateClaims } from './bundle-claims.ts';
import type { BundleContents, BundledManifest } from './bundle-contents.ts';
import { trustArtifact } from './trust-artifact.ts';
import { type TrustFile, trustArtifactType } from './trust-file.ts';

export interface PlanBundleOptions extends Io {
  /** Of an index only these images; the index stays as it is, so that its signatures hold. Everything unless told. */
  readonly platforms?: readonly Platform[] | undefined;
  /** What verifiers need offline; each image gets all of it. */
  readonly trust?: readonly TrustFile[] | undefined;
}

/** A bundle that is about to be written: what it will hold is known, and only its manifests have been read. */
export interface BundlePlan {
  readonly contents: BundleContents;
  readonly layout: LayoutPlan;
}

/**
 * Decides what goes into one file with these images: all that they are made of, what refers to them and to that, the tags that belong to
 * them, and trust material. Throws REFERENCE_NOT_FOUND, PLATFORM_UNMATCHED, BLOB_NOT_FOUND, MANIFEST_INVALID, USAGE.
 */
export async function planBundle(images: readonly LayoutRoot[], options: PlanBundleOptions = {}): Promise<BundlePlan> {
  const { platforms, trust = [], signal } = options;
  const sorted = [...images].sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
  const collected = await collectLayout(sorted, { referrers: true, referrersTags: true, platforms, signal });
  const builder = new LayoutBuilder(collected);
  for (const { kind, descriptor } of trust.length === 0 ? [] : collected.entries) {
    if (kind !== 'image') continue;
    const artifact = trustArtifact(descriptor, trust);
    builder.list({ kind: 'referrer', descriptor: artifact.descriptor, names: [], subject: descriptor.digest });
    for (const blob of artifact.blobs) builder.take(blob);
  }
  const layout = builder.plan();
  return { layout, contents: contentsOf(layout) };
}

/**
 * Writes the bundle: a tar of an OCI layout, as other programs read it, with the claims of what it holds. Equal contents give equal bytes.
 * Throws as reading the sources does; what was written until then is no bundle.
 */
export function writeBundle(
  { layout, contents }: BundlePlan,
  io: Io = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const manifests = contents.manifests.map(({ kind, descriptor, names, repository }) => ({
    kind,
    digest: descriptor.digest,
    names,
    ...(repository === undefined ? {} : { repository }),
  }));
  const { absent, bytes, parts } = contents;
  return writeLayout(layout, {
    annotations: annotateClaims({ manifests, absent, blobs: parts.length, bytes }),
    signal: io.signal,
  });
}

function contentsOf({ entries, blobs, absent }: LayoutPlan): BundleContents {
  const parts = blobs.map(({ descriptor }) => descriptor);
  const manifests = entries.map(({ kind, descriptor, names, repositoryName, subject }): BundledManifest => {
    const isTrust = kind === 'referrer' && descriptor.artifactType === trustArtifactType;
    return {
      kind: isTrust ? 'trust' : kind,
      descriptor,
      names,
      ...(names.length > 0 || repositoryName === undefined ? {} : { repository: repositoryName }),
      ...(subject === undefined ? {} : { subject }),
    };
  });
  return { manifests, parts, bytes: parts.reduce((sum, { size }) => sum + size, 0), absent };
}

/** The bytes of a bundle do not depend on the order in which images were asked for. */
function orderOf({ names = [], repositoryName = '', from }: LayoutRoot): string {
  return `${names[0] ?? ''} ${repositoryName} ${typeof from === 'string' ? from : from.digest}`;
}
