import type { ImageFacts, ImageSecret } from '@lading/facts';
import { chainIds, type Digest } from '@lading/oci';
import type { SqlValue, Statements } from '../database/database.ts';
import { fingerprintKey } from './fingerprint-key.ts';
import { fleetPackagesIn, nameKey, shortDigest } from './fleet-package.ts';
import { forgetFleetImage } from './forget-contents.ts';
import { insertRows, selectIn } from './many-rows.ts';

/** What an image contains, as it is searched for. */
export interface ImageContents {
  readonly digest: Digest;
  readonly platform: string;
  /** Equal for equal contents. */
  readonly mark: string;
  /** Of its layers, the lowest first. */
  readonly chains: readonly Digest[];
  /** By layer. */
  readonly sets: ReadonlyMap<number, PackageSet>;
  readonly secrets: readonly ImageSecret[];
}

/** Made before the database is asked for, since it takes a while for many packages. Pure. */
export function imageContents(facts: ImageFacts): ImageContents {
  const { digest, platform, secrets = [] } = facts;
  const sets = packageSets(facts);
  const chains = chainIds(facts.layers.map(({ diffId }) => diffId));
  const found = secrets.map(({ rule, fingerprint, place, location, layer, hiddenBy }) => [
    ...[rule, fingerprint, place, location, layer, hiddenBy],
  ]);
  const mark = JSON.stringify([platform, chains, Array.from(sets, ([layer, set]) => [layer, set.digest]), found]);
  return { digest, platform, sets, chains, secrets, mark: shortDigest(mark) };
}

/**
 * Makes what an image contains findable, in place of what was known of it. Packages and sets of them that other images have are there
 * already: an image on a known base costs what it added. Fingerprints of secrets are keyed before they are kept.
 */
export async function recordContents(statements: Statements, contents: ImageContents): Promise<void> {
  const { digest, platform, mark, chains, sets, secrets } = contents;
  const known = await statements.get('SELECT mark FROM fleet_images WHERE digest = ?', digest);
  if (known?.mark === mark) return;
  if (known !== undefined) await forgetFleetImage(statements, digest);
  const setIds = await ensureSets(statements, [...sets.values()]);
  const chainIdOf = await ensureIds(statements, 'fleet_chains', 'chain', chains);
  const image = await statements.get(
    'INSERT INTO fleet_images (digest, platform, mark, layers, chain_id) VALUES (?, ?, ?, ?, ?) RETURNING id',
    digest,
    platform,
    mark,
    chains.length,
    chainIdOf.get(chains.at(-1) ?? '') ?? null,
  );
  const id = Number(image?.id);
  await insertRows(
    statements,
    'INSERT INTO fleet_layers (image_id, layer, chain_id, set_id)',
    Array.from(new Set([...chains.keys(), ...sets.keys()]), (layer) => {
      const set = sets.get(layer);
      return [id, layer, chainIdOf.get(chains[layer] ?? '') ?? null, (set && setIds.get(set.digest)) ?? null];
    }),
  );
  await insertSecrets(statements, id, secrets);
}

/** The packages that one layer brought. */
export interface PackageSet {
  readonly digest: string;
  readonly members: readonly PackageSetMember[];
}

export interface PackageSetMember {
  readonly digest: string;
  readonly row: readonly SqlValue[];
  places: number;
}

function packageSets(facts: ImageFacts): ReadonlyMap<number, PackageSet> {
  const fleetPackage = fleetPackagesIn(facts);
  const layers = new Map<number, Map<string, PackageSetMember>>();
  for (const found of facts.packages) {
    const known = fleetPackage(found);
    const record = JSON.stringify(known);
    const members = layers.get(found.layer) ?? new Map<string, PackageSetMember>();
    layers.set(found.layer, members);
    const member = members.get(record);
    if (member !== undefined) {
      member.places += 1;
      continue;
    }
    const digest = shortDigest(record);
    const name = nameKey(known.type, known.name);
    const source = known.source && nameKey(known.type, known.source.name);
    members.set(record, { digest, places: 1, row: [digest, name, source === name ? null : (source ?? null), record] });
  }
  return new Map(
    Array.from(layers, ([layer, byRecord]) => {
      const members = [...byRecord.values()].sort((a, b) => (a.digest < b.digest ? -1 : 1));
      return [layer, { members, digest: shortDigest(members.map((one) => `${one.digest} ${one.places}`).join('\n')) }];
    }),
  );
}

async function ensureSets(statements: Statements, sets: readonly PackageSet[]): Promise<ReadonlyMap<string, number>> {
  const byDigest = new Map(sets.map((set) => [set.digest, set]));
  const known = await idsOf(statements, 'fleet_sets', 'digest', [...byDigest.keys()]);
  const fresh = [...byDigest.values()].filter(({ digest }) => !known.has(digest));
  if (fresh.length === 0) return known;
  const rows = new Map(fresh.flatMap(({ members }) => members.map(({ digest, row }) => [digest, row] as const)));
  const packages = await idsOf(statements, 'fleet_packages', 'digest', [...rows.keys()]);
  const made = await insertRows(
    statements,
    'INSERT INTO fleet_packages (digest, name, source, record)',
    [...rows].flatMap(([digest, row]) => (packages.has(digest) ? [] : [row])),
    'RETURNING id, digest',
  );
  for (const { id, digest } of made) packages.set(String(digest), Number(id));
  const ids = await insertRows(
    statements,
    'INSERT INTO fleet_sets (digest)',
    fresh.map(({ digest }) => [digest]),
    'RETURNING id, digest',
  );
  for (const { id, digest } of ids) known.set(String(digest), Number(id));
  await insertRows(
    statements,
    'INSERT INTO fleet_set_packages (package_id, set_id, places)',
    fresh.flatMap(({ digest, members }) =>
      members.map((member) => [packages.get(member.digest) ?? null, known.get(digest) ?? null, member.places]),
    ),
  );
  return known;
}

/** The ids of texts, which get one where they have none. */
export async function ensureIds(
  statements: Statements,
  table: string,
  column: string,
  texts: readonly string[],
): Promise<Map<string, number>> {
  const ids = await idsOf(statements, table, column, texts);
  const fresh = [...new Set(texts)].filter((text) => !ids.has(text));
  const made = await insertRows(
    statements,
    `INSERT INTO ${table} (${column})`,
    fresh.map((text) => [text]),
    `RETURNING id, ${column} AS text`,
  );
  for (const { id, text } of made) ids.set(String(text), Number(id));
  return ids;
}

async function idsOf(
  statements: Statements,
  table: string,
  column: string,
  texts: readonly string[],
): Promise<Map<string, number>> {
  const rows = await selectIn(statements, `SELECT id, ${column} AS text FROM ${table} WHERE ${column} IN (…)`, texts);
  return new Map(rows.map(({ id, text }) => [String(text), Number(id)]));
}

async function insertSecrets(statements: Statements, image: number, secrets: readonly ImageSecret[]): Promise<void> {
  if (secrets.length === 0) return;
  const keyed = await fingerprintKey(statements, 'make');
  await insertRows(
    statements,
    'INSERT INTO fleet_secrets (fingerprint, image_id, number, rule, place, path, layer, hidden_by)',
    secrets.map(({ fingerprint, rule, place, location, layer, hiddenBy }, number) => [
      keyed?.(fingerprint) ?? '',
      ...[image, number, rule, place, location, layer ?? null, hiddenBy ?? null],
    ]),
  );
}
