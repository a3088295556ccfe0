import { type Catalog, lastPulls, pullsNotedSince } from '@lading/catalog';
import type { Digest } from '@lading/oci';

/** What retention decides by, of one repository. Times are ISO 8601, as the catalog has them. */
export interface RepositoryState {
  readonly repository: string;
  readonly tags: readonly TagState[];
  readonly manifests: readonly ManifestState[];
  readonly pinned: ReadonlySet<Digest>;
  /** When tags and digests were last pulled. */
  readonly pulls: ReadonlyMap<string, Date>;
  /** What was pulled before is not known: it may have been pulled right then. Undefined where nothing is known of pulls. */
  readonly pullsSince?: Date | undefined;
}

export interface TagState {
  readonly name: string;
  readonly digest: Digest;
  readonly movedAt: string;
}

export interface ManifestState {
  readonly digest: Digest;
  /** Bytes of the manifest alone. */
  readonly size: number;
  readonly recordedAt: string;
  /** When it last lost a name; empty when it never did. */
  readonly unnamedAt: string;
  readonly subject?: Digest | undefined;
  /** Manifests among its children. */
  readonly children: readonly Digest[];
}

/** What most manifests have. */
const none: readonly Digest[] = [];

/** Undefined when there is no such repository. */
export async function readState(catalog: Catalog, repository: string): Promise<RepositoryState | undefined> {
  const { database } = catalog;
  const row = await database.get('SELECT id FROM repositories WHERE name = ?', repository);
  if (row === undefined) return undefined;
  const id = Number(row.id);
  const manifests = await database.all(
    'SELECT digest, size, recorded_at, subject FROM manifests WHERE repository_id = ? ORDER BY digest',
    id,
  );
  const unnamed = await database.all(
    'SELECT previous, max(at) AS at FROM tag_history WHERE repository_id = ? AND previous IS NOT NULL GROUP BY previous',
    id,
  );
  const unnamedAt = new Map(unnamed.map((row) => [String(row.previous), String(row.at)]));
  const edges = await database.all(
    "SELECT parent, child FROM children WHERE repository_id = ? AND kind = 'manifest' ORDER BY parent, child",
    id,
  );
  const children = Map.groupBy(edges, (edge) => edge.parent as Digest);
  const tags = await database.all(
    'SELECT name, digest, updated_at FROM tags WHERE repository_id = ? ORDER BY name',
    id,
  );
  const pins = await database.all('SELECT digest FROM pins WHERE repository_id = ?', id);
  return {
    repository,
    tags: tags.map((tag) => ({
      name: String(tag.name),
      digest: tag.digest as Digest,
      movedAt: String(tag.updated_at),
    })),
    manifests: manifests.map((manifest) => ({
      digest: manifest.digest as Digest,
      size: Number(manifest.size),
      recordedAt: String(manifest.recorded_at),
      unnamedAt: unnamedAt.get(String(manifest.digest)) ?? '',
      ...(manifest.subject === null ? {} : { subject: manifest.subject as Digest }),
      children: children.get(manifest.digest as Digest)?.map(({ child }) => child as Digest) ?? none,
    })),
    pinned: new Set(pins.map(({ digest }) => digest as Digest)),
    pulls: await lastPulls(database, repository),
    pullsSince: await pullsNotedSince(database),
  };
}
