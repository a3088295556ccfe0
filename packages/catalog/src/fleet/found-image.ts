import type { Digest } from '@lading/oci';
import type { Row, Statements } from '../database/database.ts';
import { selectIn } from './many-rows.ts';

/** An image that a search found, wherever it is. */
export interface FoundImage {
  readonly digest: Digest;
  readonly platform: string;
  /** In byte order of their names. */
  readonly repositories: readonly RepositoryOfImage[];
}

export interface RepositoryOfImage {
  readonly name: string;
  /** Tags of the image, and of indexes that have it, in byte order. */
  readonly tags: readonly string[];
  readonly pushedAt: Date;
  /** Where it is known. By its digest, or by one of the tags. */
  readonly pulledAt?: Date | undefined;
}

/** Whom a repository may be shown to. */
export type MaySee = (repository: string) => boolean;

/** Where images are, by digest, in the repositories that may be seen. Those that are in none of them are left out. */
export async function locateImages(
  statements: Pick<Statements, 'all'>,
  digests: readonly string[],
  maySee: MaySee,
): Promise<ReadonlyMap<string, readonly RepositoryOfImage[]>> {
  const all = await selectIn(statements, manifestsOfImages, [...new Set(digests)]);
  const manifests = all.filter(({ name }) => maySee(String(name)));
  // What may not be seen costs no more than that.
  const seen = [...new Set(manifests.map(({ digest }) => String(digest)))];
  const [tags, pulls] = await Promise.all([
    selectIn(statements, tagsOfImages, seen),
    selectIn(statements, pullsOfImages, seen),
  ]);
  const keyOf = ({ name, digest }: Row): string => `${name} ${digest}`;
  const tagsBy = Map.groupBy(tags, keyOf);
  const pullsBy = Map.groupBy([...pulls, ...tags], keyOf);
  const located = new Map<string, RepositoryOfImage[]>();
  for (const row of manifests.toSorted((a, b) => (String(a.name) < String(b.name) ? -1 : 1))) {
    const digest = String(row.digest);
    const pulled = (pullsBy.get(keyOf(row)) ?? []).flatMap(({ at }) => (at === null ? [] : [String(at)])).sort();
    const repositories = located.get(digest) ?? [];
    located.set(digest, repositories);
    repositories.push({
      name: String(row.name),
      tags: [...new Set((tagsBy.get(keyOf(row)) ?? []).map(({ tag }) => String(tag)))].sort(),
      pushedAt: new Date(String(row.recorded_at)),
      ...(pulled.length === 0 ? {} : { pulledAt: new Date(pulled.at(-1) ?? '') }),
    });
  }
  return located;
}

const manifestsOfImages = `
  SELECT r.name, m.digest, m.recorded_at FROM manifests m JOIN repositories r ON r.id = m.repository_id
  WHERE m.digest IN (…)`;

/** By digest. */
const pullsOfImages = `
  SELECT r.name, m.digest, p.at FROM manifests m JOIN repositories r ON r.id = m.repository_id
  JOIN pulls p ON p.repository_id = m.repository_id AND p.name = m.digest WHERE m.digest IN (…)`;

const tagsOfImages = `
  SELECT r.name, named.digest, named.tag, p.at FROM (
    SELECT m.repository_id, m.digest, t.name AS tag FROM manifests m
      JOIN tags t ON t.repository_id = m.repository_id AND t.digest = m.digest
    UNION ALL
    SELECT m.repository_id, m.digest, t.name AS tag FROM manifests m
      JOIN children c ON c.child = m.digest AND c.repository_id = m.repository_id AND c.kind = 'manifest'
      JOIN tags t ON t.repository_id = m.repository_id AND t.digest = c.parent
  ) named JOIN repositories r ON r.id = named.repository_id
  LEFT JOIN pulls p ON p.repository_id = named.repository_id AND p.name = named.tag
  WHERE named.digest IN (…)`;
