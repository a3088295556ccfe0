import type { Database, Row } from '../database/database.ts';
import { type FleetPage, type FoundPage, findMatches, type Lists } from './find-matches.ts';
import { type FleetPackage, fleetPackageUrl, nameKey } from './fleet-package.ts';
import type { FoundImage } from './found-image.ts';
import { selectIn } from './many-rows.ts';
import { matchesQuery, type PackageQuery } from './package-query.ts';

/** That an image has a package. */
export interface FoundPackageImage extends FoundImage {
  readonly package: FleetPackage;
  readonly purl: string;
  /** The index of the layer that brought it, from the lowest. */
  readonly layer: number;
  /** In how many places of that layer it lies. */
  readonly places: number;
}

/** The images that have a package, version by version. */
export async function findPackages(
  database: Database,
  query: PackageQuery,
  page: FleetPage,
): Promise<FoundPage<FoundPackageImage>> {
  const packages = await packagesFor(database, query);
  return findMatches(database, imagesWithPackages(database, [...packages.keys()]), page, (row, image, head) => ({
    ...image,
    ...shownPackage(packages.get(head), row),
  }));
}

/** Every package of all images that is asked for, by id. */
async function packagesFor(database: Database, query: PackageQuery): Promise<ReadonlyMap<number, FleetPackage>> {
  const names = [...new Set([nameKey(query.type, query.name), nameKey('pypi', query.name)])];
  const rows = await selectIn(
    database,
    `SELECT id, record FROM fleet_packages WHERE name IN (…)`,
    query.type === undefined ? names : names.slice(0, 1),
  );
  const built = await database.all('SELECT id, record FROM fleet_packages WHERE source = ?', names[0] ?? '');
  const found = new Map<number, FleetPackage>();
  for (const { id, record } of [...rows, ...built]) {
    const known = JSON.parse(String(record)) as FleetPackage;
    if (matchesQuery(query, known)) found.set(Number(id), known);
  }
  return found;
}

/** The images of packages by their ids. */
function imagesWithPackages(database: Database, heads: readonly number[]): Lists {
  return {
    heads,
    keys: ['set_id', 'image_id', 'layer'],
    rows: (head, after, limit) =>
      database.all(
        `SELECT m.set_id, l.image_id, l.layer, m.places, i.digest, i.platform FROM fleet_set_packages m
         JOIN fleet_layers l ON l.set_id = m.set_id JOIN fleet_images i ON i.id = l.image_id
         WHERE m.package_id = ? AND m.set_id >= ? AND (m.set_id, l.image_id, l.layer) > (?, ?, ?)
         ORDER BY m.set_id, l.image_id, l.layer LIMIT ?`,
        head,
        after[0] ?? -1,
        ...after,
        limit,
      ),
  };
}

export function shownPackage(
  found: FleetPackage | undefined,
  row: Row,
): Pick<FoundPackageImage, 'package' | 'purl' | 'layer' | 'places'> {
  const known = found ?? { type: 'generic', name: '', version: '' };
  return { package: known, purl: fleetPackageUrl(known), layer: Number(row.layer), places: Number(row.places) };
}
