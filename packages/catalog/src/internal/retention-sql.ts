/** A tag by which tools attach something to a manifest, such as `sha256-<hex>.sig`, and the digest in its name. */
const isCompanion = "(name LIKE 'sha256-%' OR name LIKE 'sha512-%')";
const companionSubject = `CASE WHEN name LIKE 'sha512-%' THEN 'sha512:' || substr(name, 8, 128) ELSE 'sha256:' || substr(name, 8, 64) END`;

const named = `
  SELECT repository_id, digest FROM tags WHERE NOT (${isCompanion} AND EXISTS (
    SELECT 1 FROM manifests m WHERE m.repository_id = tags.repository_id AND m.digest = ${companionSubject}))
  UNION SELECT repository_id, digest FROM pins`;

/** From a manifest to those that stay with it: its children, and what refers to it. */
const links = `links (repository_id, source, target) AS (
  SELECT repository_id, parent, child FROM children WHERE kind = 'manifest'
  UNION ALL SELECT repository_id, subject, digest FROM manifests WHERE subject IS NOT NULL
  UNION ALL SELECT repository_id, ${companionSubject}, digest FROM tags WHERE ${isCompanion})`;

/** `kept (repository_id, digest)`: manifests that stay. Takes `undoSince` and `recordedSince`. */
export const withKept: string = `WITH RECURSIVE ${links}, kept (repository_id, digest) AS (
  SELECT repository_id, digest FROM (${named}
    UNION SELECT repository_id, previous FROM tag_history WHERE at >= ? AND previous IS NOT NULL
    UNION SELECT repository_id, digest FROM manifests WHERE recorded_at >= ?) roots
  UNION SELECT l.repository_id, l.target FROM kept k
    JOIN links l ON l.repository_id = k.repository_id AND l.source = k.digest)`;

/** `reached (repository_id, root, digest)`: the manifests that stay because of each named one. */
export const withReached: string = `WITH RECURSIVE ${links}, reached (repository_id, root, digest) AS (
  SELECT repository_id, digest, digest FROM (${named}) roots
  UNION SELECT l.repository_id, r.root, l.target FROM reached r
    JOIN links l ON l.repository_id = r.repository_id AND l.source = r.digest)`;
