import { annotationKeys, type Descriptor, type Digest, type ImageIndex, isDigest, isManifestType } from '@lading/oci';
import { assertClaims } from './assert-claims.ts';
import { type BundledKind, claimsOf } from './bundle-claims.ts';
import type { BundleContents, BundledManifest } from './bundle-contents.ts';
import { incomplete } from './bundle-incomplete.ts';
import { companionOf } from './companion-of.ts';
import { type Arrived, ManifestGraph } from './manifest-graph.ts';
import { trustArtifactType } from './trust-file.ts';

export interface CheckedBundle {
  readonly contents: BundleContents;
  readonly graph: ManifestGraph;
  /** Whether the archive says what it holds, and holds exactly that. Without claims nobody can know of referrers that are missing. */
  readonly proven: boolean;
  /** Content of an archive without claims that nothing points to. */
  readonly unused: readonly Digest[];
}

/**
 * Compares what arrived with what the archive lists and claims: everything below every listed manifest is there, nothing else is, and what
 * is left out was left out by intent. Throws BUNDLE_INCOMPLETE, and as ManifestGraph.follow() does.
 */
export function checkBundle(
  where: string,
  index: ImageIndex,
  arrived: Arrived,
  strangers: readonly string[],
): CheckedBundle {
  const claims = claimsOf(index.annotations, where);
  const graph = new ManifestGraph(where, arrived);
  const listed = new Map<Digest, { descriptor: Descriptor; names: string[] }>();
  for (const entry of index.manifests) {
    // Other programs list other things too.
    if (!isManifestType(entry.mediaType) && claims === undefined) continue;
    if (!arrived.sizes.has(entry.digest))
      throw incomplete(where, `the manifest ${entry.digest} is missing`, entry.digest);
    graph.follow(entry);
    const known = listed.get(entry.digest) ?? { descriptor: entry, names: [] };
    listed.set(entry.digest, known);
    const name = nameOf(entry);
    if (name !== undefined && !known.names.includes(name)) known.names.push(name);
  }
  const lost = graph.missing.find(({ mayBeAbsent }) => !mayBeAbsent);
  if (lost !== undefined) {
    const { digest } = lost.descriptor;
    throw incomplete(where, `${digest} is missing, which ${lost.parent} points to`, digest);
  }
  if (claims !== undefined) assertClaims(where, claims, { listed, graph, arrived, strangers });

  const claimed = new Map(claims?.manifests.map((claim) => [claim.digest, claim]));
  const manifests = [...listed.values()].map(({ descriptor, names }): BundledManifest => {
    const claim = claimed.get(descriptor.digest);
    const subject = graph.documents.get(descriptor.digest)?.value.subject?.digest;
    return {
      kind: claim?.kind ?? kindOf(descriptor, names, subject, graph),
      descriptor,
      names,
      ...(claim?.repository === undefined ? {} : { repository: claim.repository }),
      ...(subject === undefined ? {} : { subject }),
    };
  });
  const parts = [...graph.reached.values()];
  return {
    contents: {
      manifests,
      parts,
      bytes: parts.reduce((sum, { size }) => sum + size, 0),
      absent: [...new Set(graph.missing.map(({ descriptor }) => descriptor.digest))].sort(),
    },
    graph,
    proven: claims !== undefined,
    unused: [...arrived.sizes.keys()].filter((digest) => !graph.reached.has(digest)),
  };
}

/** containerd and Docker write the full name beside one that is often only a tag. */
function nameOf({ annotations }: Descriptor): string | undefined {
  const { [annotationKeys.containerdImageName]: full, [annotationKeys.refName]: tag } = annotations ?? {};
  const name = tag !== undefined && /[:/]/.test(tag) ? tag : (full ?? tag);
  return name === undefined || name === '' || isDigest(name) ? undefined : name;
}

/** What a manifest is for in an archive that does not say so. */
function kindOf(
  { digest, artifactType }: Descriptor,
  names: readonly string[],
  subject: Digest | undefined,
  graph: ManifestGraph,
): BundledKind {
  if (names.length > 0 && names.every((name) => companionOf(name, graph) !== undefined)) return 'companion';
  if (subject === undefined || names.length > 0) return 'image';
  const document = graph.documents.get(digest);
  return (artifactType ?? document?.value.artifactType) === trustArtifactType ? 'trust' : 'referrer';
}
