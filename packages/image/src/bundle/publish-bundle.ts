import type { Io } from '@lading/bytes';
import { LadingError } from '@lading/errors';
import { childrenOf, type Descriptor, type Digest, type ManifestDocument } from '@lading/oci';
import type { Repository } from '@lading/store';
import type { BundleContents } from './bundle-contents.ts';
import type { ManifestGraph } from './manifest-graph.ts';
import { type PlacedManifests, type Placement, placedManifests } from './placed-manifests.ts';
import type { Staging } from './staging.ts';

/** A tag that points into the bundle now. */
export interface PublishedTag {
  readonly repository: Repository;
  readonly tag: string;
  readonly descriptor: Descriptor;
  /** What it pointed to before, when that was something else. */
  readonly previous?: Descriptor;
}

interface VerifiedBundle {
  readonly where: string;
  readonly contents: BundleContents;
  readonly graph: ManifestGraph;
  readonly staging: Staging;
}

/** A tag to set, with what it pointed to when publishing began. */
interface Move {
  readonly repository: Repository;
  readonly tag: string;
  readonly digest: Digest;
  readonly before: Descriptor | undefined;
}

/** Makes a verified bundle visible; described at StagedBundle.publish(). */
export async function publishBundle(
  { where, contents, graph, staging }: VerifiedBundle,
  placements: readonly Placement[],
  io: Io,
): Promise<readonly PublishedTag[]> {
  const placed = placedManifests(contents, graph, placements);
  const moves = await Promise.all(tagsOf(placed, placements).map((move) => look(move, io)));
  await commit([...graph.documents.values()].filter(isIn(placed)), graph, staging, io);
  for (const { repository, manifests } of placed) {
    for (const { descriptor, bytes } of graph.documents.values()) {
      if (manifests.has(descriptor.digest)) await repository.references.record(descriptor, bytes, io);
    }
  }
  const published: PublishedTag[] = [];
  for (const move of moves) published.push(await point(move, graph, where, io));
  return published;
}

function isIn(placed: readonly PlacedManifests[]): (document: ManifestDocument) => boolean {
  return ({ descriptor }) => placed.some(({ manifests }) => manifests.has(descriptor.digest));
}

/** Children before those that point to them: blobs, then image manifests, then indexes. */
async function commit(
  documents: readonly ManifestDocument[],
  graph: ManifestGraph,
  staging: Staging,
  io: Io,
): Promise<void> {
  const blobs = new Map<Digest, Descriptor>();
  for (const document of documents) {
    for (const child of childrenOf(document)) {
      if (graph.reached.has(child.digest) && !graph.documents.has(child.digest)) blobs.set(child.digest, child);
    }
  }
  const described = ({ descriptor }: ManifestDocument): Descriptor => descriptor;
  await staging.commit(blobs.values(), io);
  await staging.commit(documents.filter(({ kind }) => kind === 'manifest').map(described), io);
  for (const document of documents) if (document.kind === 'index') await staging.commit([document.descriptor], io);
}

/** Tags of images come last: who finds one finds everything. */
function tagsOf(placed: readonly PlacedManifests[], placements: readonly Placement[]): Omit<Move, 'before'>[] {
  const companions = placed.flatMap(({ repository, companions }) =>
    [...companions].map(([tag, digest]) => ({ repository, tag, digest })),
  );
  const images = placements.flatMap(({ repository, tag, image }) =>
    tag === undefined ? [] : [{ repository, tag, digest: image }],
  );
  return [...companions, ...images];
}

async function look(move: Omit<Move, 'before'>, io: Io): Promise<Move> {
  return { ...move, before: await move.repository.references.resolve(move.tag, io) };
}

async function point(
  { repository, tag, digest, before }: Move,
  graph: ManifestGraph,
  where: string,
  { signal }: Io,
): Promise<PublishedTag> {
  const { descriptor } = graph.documents.get(digest)!;
  const expected = before?.digest ?? null;
  const outcome = await repository.references.tag(tag, descriptor, { expected, signal });
  if (!outcome.tagged && outcome.actual?.digest !== digest) {
    throw new LadingError(
      'REFERENCE_MOVED',
      `Cannot import ${where}: someone else moved ${repository.name}:${tag} meanwhile`,
      {
        hint: 'Import again to move it.',
        details: { repository: repository.name, tag, expected, actual: outcome.actual?.digest ?? null },
      },
    );
  }
  const moved = before !== undefined && before.digest !== digest;
  return { repository, tag, descriptor, ...(moved ? { previous: before } : {}) };
}
