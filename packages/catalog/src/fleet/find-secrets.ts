import type { ImageSecret } from '@lading/facts';
import type { Database } from '../database/database.ts';
import { type FleetPage, type FoundPage, findMatches } from './find-matches.ts';
import { fingerprintKey } from './fingerprint-key.ts';
import type { FoundImage } from './found-image.ts';
import { selectIn } from './many-rows.ts';

/** That an image holds a secret. */
export interface FoundSecretImage extends FoundImage {
  readonly rule: string;
  readonly place: ImageSecret['place'];
  readonly path: string;
  /** Absent for what the configuration says. */
  readonly layer?: number | undefined;
  /** The layer that deletes or replaces the file: whoever pulls the image still gets it. */
  readonly hiddenBy?: number | undefined;
}

/**
 * The images that hold a secret with one of these fingerprints, which are those that a scan makes. They are keyed here, at once; what was
 * given is kept nowhere. One secret has as many as there are rules that may have found it.
 */
export async function findSecrets(
  database: Database,
  fingerprints: readonly string[],
  page: FleetPage,
): Promise<FoundPage<FoundSecretImage>> {
  const keyed = await fingerprintKey(database);
  if (keyed === undefined) return { items: [] };
  const wanted = await selectIn(
    database,
    'SELECT DISTINCT fingerprint FROM fleet_secrets WHERE fingerprint IN (…)',
    [...new Set(fingerprints.map(keyed))].sort(),
  );
  // Numbered in byte order, which a page after this one repeats.
  const sorted = wanted.map(({ fingerprint }) => String(fingerprint)).sort();
  return findMatches(
    database,
    {
      heads: [...sorted.keys()],
      keys: ['image_id', 'number'],
      rows: (head, after, limit) =>
        database.all(
          `SELECT s.*, i.digest, i.platform FROM fleet_secrets s JOIN fleet_images i ON i.id = s.image_id
           WHERE s.fingerprint = ? AND s.image_id >= ? AND (s.image_id, s.number) > (?, ?)
           ORDER BY s.image_id, s.number LIMIT ?`,
          sorted[head] ?? '',
          after[0] ?? -1,
          ...after,
          limit,
        ),
    },
    page,
    ({ rule, place, path, layer, hidden_by }, image) => ({
      ...image,
      rule: String(rule),
      place: String(place) as ImageSecret['place'],
      path: String(path),
      ...(layer === null ? {} : { layer: Number(layer) }),
      ...(hidden_by === null ? {} : { hiddenBy: Number(hidden_by) }),
    }),
  );
}
