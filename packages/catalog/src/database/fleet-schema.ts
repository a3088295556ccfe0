/**
 * A step of the schema: what all images contain, to be searched. No part of what the ledger keeps: lost, it is made again from the facts of
 * the images, or from the images.
 *
 * It is small because what images share is there once. A package as it is judged (`fleet_packages`: with its release and its source) serves
 * all images that have it; the packages of one layer are a set by their digest (`fleet_sets`), which all images share whose upper layers leave
 * it as it is; an image is a list of layers, each with its set and its chain (OCI image-spec §ChainID), which finds bases and what was built
 * on them. Verdicts are of packages, not of images.
 */
export const fleetSchema: readonly string[] = [
  `CREATE TABLE fleet_images (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    digest TEXT NOT NULL UNIQUE,
    platform TEXT NOT NULL,
    mark TEXT NOT NULL,
    layers INT NOT NULL,
    chain_id INT
  )`,
  'CREATE INDEX fleet_images_by_chain ON fleet_images (chain_id, id)',
  'CREATE TABLE fleet_chains (id INTEGER PRIMARY KEY, chain TEXT NOT NULL UNIQUE)',
  `CREATE TABLE fleet_layers (
    image_id INT NOT NULL,
    layer INT NOT NULL,
    chain_id INT,
    set_id INT,
    PRIMARY KEY (image_id, layer)
  ) WITHOUT ROWID`,
  'CREATE INDEX fleet_layers_by_chain ON fleet_layers (chain_id, image_id)',
  'CREATE INDEX fleet_layers_by_set ON fleet_layers (set_id, image_id)',
  'CREATE TABLE fleet_sets (id INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE)',
  // An id is never given again: verdicts are made in their order.
  `CREATE TABLE fleet_packages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    digest TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    source TEXT,
    record TEXT NOT NULL
  )`,
  'CREATE INDEX fleet_packages_by_name ON fleet_packages (name)',
  'CREATE INDEX fleet_packages_by_source ON fleet_packages (source) WHERE source IS NOT NULL',
  `CREATE TABLE fleet_set_packages (
    package_id INT NOT NULL,
    set_id INT NOT NULL,
    places INT NOT NULL,
    PRIMARY KEY (package_id, set_id)
  ) WITHOUT ROWID`,
  'CREATE INDEX fleet_set_packages_by_set ON fleet_set_packages (set_id)',
  // Fingerprints are keyed: who reads the database cannot try secrets against them without the key, and backups need not have that.
  'CREATE TABLE fleet_keys (fingerprint_key TEXT NOT NULL)',
  `CREATE TABLE fleet_secrets (
    fingerprint TEXT NOT NULL,
    image_id INT NOT NULL,
    number INT NOT NULL,
    rule TEXT NOT NULL,
    place TEXT NOT NULL,
    path TEXT NOT NULL,
    layer INT,
    hidden_by INT,
    PRIMARY KEY (fingerprint, image_id, number)
  ) WITHOUT ROWID`,
  'CREATE INDEX fleet_secrets_by_image ON fleet_secrets (image_id)',
  'CREATE TABLE fleet_vulnerabilities (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)',
  `CREATE TABLE fleet_aliases (
    alias TEXT NOT NULL,
    vulnerability_id INT NOT NULL,
    PRIMARY KEY (alias, vulnerability_id)
  ) WITHOUT ROWID`,
  `CREATE TABLE fleet_verdicts (
    package_id INT NOT NULL,
    vulnerability_id INT NOT NULL,
    severity TEXT NOT NULL,
    fix TEXT NOT NULL,
    fixed_version TEXT,
    PRIMARY KEY (package_id, vulnerability_id)
  ) WITHOUT ROWID`,
  'CREATE INDEX fleet_verdicts_by_vulnerability ON fleet_verdicts (vulnerability_id, package_id)',
  // Verdicts that another database of advisories changed, until those who want to know were told.
  `CREATE TABLE fleet_changes (
    vulnerability_id INT NOT NULL,
    package_id INT NOT NULL,
    found INT NOT NULL,
    severity TEXT NOT NULL,
    fix TEXT NOT NULL,
    fixed_version TEXT,
    PRIMARY KEY (vulnerability_id, package_id)
  ) WITHOUT ROWID`,
  // Packages up to "judged" have verdicts of these advisories, those up to "known" at least of some before.
  'CREATE TABLE fleet_position (advisories TEXT NOT NULL, newest TEXT NOT NULL, judged INT NOT NULL, known INT NOT NULL)',
];
