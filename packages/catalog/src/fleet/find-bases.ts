import type { Digest } from '@lading/oci';
import type { Database } from '../database/database.ts';
import { type FleetPage, type FoundPage, findMatches } from './find-matches.ts';
import { type FoundImage, locateImages, type MaySee } from './found-image.ts';
import { selectIn } from './many-rows.ts';

/** An image that was built on another: all layers of that are the lowest of its own, and it has more. */
export interface DerivedImage extends FoundImage {
  /** The one of those that were asked for. */
  readonly base: Digest;
  /** How many of its layers are the base's. */
  readonly baseLayers: number;
  readonly layers: number;
  /** The base between, where it was built on another image that was built on the base. */
  readonly through?: Digest | undefined;
}

/** The images that were built on one of these, directly or on others that were; undefined when none of them is known. */
export async function findDerived(
  database: Database,
  bases: readonly Digest[],
  page: FleetPage,
): Promise<FoundPage<DerivedImage> | undefined> {
  const known = await selectIn(
    database,
    'SELECT digest, chain_id, layers FROM fleet_images WHERE chain_id IS NOT NULL AND digest IN (…)',
    bases,
  );
  if (known.length === 0) return undefined;
  const byChain = new Map(known.map((base) => [Number(base.chain_id), base]));
  const found = await findMatches(
    database,
    {
      heads: [...byChain.keys()],
      keys: ['image_id'],
      rows: (head, [after = -1], limit) =>
        database.all(
          `SELECT l.image_id, i.digest, i.platform, i.layers FROM fleet_layers l JOIN fleet_images i ON i.id = l.image_id
           WHERE l.chain_id = ? AND l.image_id > ? AND l.layer < i.layers - 1 ORDER BY l.image_id LIMIT ?`,
          head,
          after,
          limit,
        ),
    },
    page,
    (row, image, head) => ({ row, image, base: byChain.get(head) }),
  );
  const nearest = await selectIn(
    database,
    layersOfNearestBases,
    found.items.map(({ row }) => Number(row.image_id)),
  );
  const nearestLayers = new Map(nearest.map(({ image_id, layer }) => [Number(image_id), Number(layer) + 1]));
  const items = await Promise.all(
    found.items.map(async ({ row, image, base }) => {
      const id = Number(row.image_id);
      const baseLayers = Number(base?.layers);
      const isDirect = (nearestLayers.get(id) ?? baseLayers) === baseLayers;
      const between = isDirect ? undefined : await database.get(`${basesOfImage} LIMIT 1`, id);
      return {
        ...image,
        base: base?.digest as Digest,
        baseLayers,
        layers: Number(row.layers),
        ...(between === undefined ? {} : { through: between.digest as Digest }),
      };
    }),
  );
  return { items, next: found.next };
}

/** An image that another was built on. */
export interface FoundBase extends FoundImage {
  readonly layers: number;
}

/** What an image was built on, the nearest first; of images with the same layers all. Only what may be seen. */
export async function findBases(
  database: Database,
  image: Digest,
  maySee: MaySee,
): Promise<readonly FoundBase[] | undefined> {
  const known = await database.get('SELECT id FROM fleet_images WHERE digest = ?', image);
  if (known === undefined) return undefined;
  const rows = await database.all(`${basesOfImage} LIMIT ?`, Number(known.id), maxBases);
  const located = await locateImages(
    database,
    rows.map(({ digest }) => String(digest)),
    maySee,
  );
  return rows.flatMap(({ digest, platform, layers }) => {
    const repositories = located.get(String(digest));
    if (repositories === undefined) return [];
    return [{ digest: digest as Digest, platform: String(platform), layers: Number(layers), repositories }];
  });
}

const maxBases = 1000;

const basesOfImage = `
  SELECT b.digest, b.platform, b.layers FROM fleet_layers l JOIN fleet_images i ON i.id = l.image_id
  JOIN fleet_images b ON b.chain_id = l.chain_id
  WHERE l.image_id = ? AND l.layer < i.layers - 1 ORDER BY b.layers DESC, b.id`;

const layersOfNearestBases = `
  SELECT l.image_id, MAX(l.layer) AS layer FROM fleet_layers l JOIN fleet_images i ON i.id = l.image_id
  WHERE l.image_id IN (…) AND l.layer < i.layers - 1 AND EXISTS
    (SELECT 1 FROM fleet_images b WHERE b.chain_id = l.chain_id) GROUP BY l.image_id`;
