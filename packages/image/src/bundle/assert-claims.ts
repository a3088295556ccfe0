import type { Digest } from '@lading/oci';
import type { BundleClaims } from './bundle-claims.ts';
import { incomplete } from './bundle-incomplete.ts';
import { companionOf } from './companion-of.ts';
import type { Arrived, ManifestGraph } from './manifest-graph.ts';

/** What an archive turned out to hold. */
export interface Found {
  readonly listed: ReadonlyMap<Digest, { readonly names: readonly string[] }>;
  readonly graph: ManifestGraph;
  readonly arrived: Arrived;
  readonly strangers: readonly string[];
}

/** Throws BUNDLE_INCOMPLETE where claims and content differ, in either direction. */
export function assertClaims(where: string, claims: BundleClaims, { listed, graph, arrived, strangers }: Found): void {
  const refuse = (why: string, digest?: Digest): never => {
    throw incomplete(where, why, digest);
  };
  const claimed = new Map(claims.manifests.map((claim) => [claim.digest, claim]));
  for (const { digest, kind, names } of claims.manifests) {
    const found = listed.get(digest);
    if (found === undefined) throw incomplete(where, `the ${kind} ${digest} is missing`, digest);
    const lost = names.find((name) => !found.names.includes(name));
    if (lost !== undefined) refuse(`the name ${lost} is missing`, digest);
    const foreign = found.names.find((name) => !names.includes(name));
    if (foreign !== undefined) refuse(`it has a name that it does not claim: ${foreign}`, digest);
    const subject = graph.documents.get(digest)?.value.subject?.digest;
    if ((kind === 'referrer' || kind === 'trust') && (subject === undefined || !graph.documents.has(subject))) {
      refuse(`the subject of the ${kind} ${digest} is missing`, subject ?? digest);
    }
    const isCompanion = names.some((name) => companionOf(name, graph) !== undefined);
    if (kind === 'companion' && !isCompanion)
      refuse(`the manifest of the companion ${names[0] ?? digest} is missing`, digest);
  }
  for (const digest of listed.keys()) {
    if (!claimed.has(digest)) refuse(`it has a manifest that it does not claim: ${digest}`, digest);
  }
  const left = new Set(claims.absent);
  for (const { descriptor, parent } of graph.missing) {
    const { digest } = descriptor;
    if (!left.has(digest)) refuse(`${digest} is missing, which ${parent} points to`, digest);
  }
  for (const digest of arrived.sizes.keys()) {
    if (!graph.reached.has(digest)) refuse(`it has content that it does not claim: ${digest}`, digest);
  }
  const contradicted = claims.absent.find((digest) => arrived.sizes.has(digest));
  if (contradicted !== undefined) refuse(`it has ${contradicted}, which it claims to leave out`, contradicted);
  if (strangers[0] !== undefined) refuse(`it has a file that it does not claim: ${strangers[0]}`);
  const bytes = [...arrived.sizes.values()].reduce((sum, size) => sum + size, 0);
  if (claims.blobs !== arrived.sizes.size || claims.bytes !== bytes) {
    refuse(`it has ${arrived.sizes.size} blobs of ${bytes} bytes and claims ${claims.blobs} of ${claims.bytes}`);
  }
}
