import { hash } from 'node:crypto';
import { normalizePypiName } from '@lading/distro';
import { type Distribution, type FoundPackage, type ImageFacts, type ImagePackage, packageUrlOf } from '@lading/facts';

/**
 * A package without the place where it was found: all that its name, its version's order and its advisories depend on. Packages of a
 * distribution know its release; what one of them owns knows its owner. Equal packages of all images are one.
 */
export interface FleetPackage
  extends Pick<
    FoundPackage,
    'type' | 'namespace' | 'name' | 'version' | 'architecture' | 'source' | 'supplier' | 'qualifiers' | 'role'
  > {
  readonly distribution?: Pick<Distribution, 'id' | 'versionId' | 'codename'> | undefined;
  readonly owner?: Pick<FoundPackage, 'type' | 'name' | 'version' | 'source' | 'supplier'> | undefined;
}

/** How packages of an image are told from those of others. */
export function fleetPackagesIn(facts: ImageFacts): (found: ImagePackage) => FleetPackage {
  const { id, versionId, codename } = facts.distribution ?? {};
  const distribution =
    id === undefined ? undefined : { id, versionId, codename: versionId === undefined ? codename : undefined };
  const owners = new Map(
    facts.packages.flatMap((found) => (isOfDistribution(found) ? [[`${found.type} ${found.name}`, found]] : [])),
  );
  return (found) => {
    const { type, namespace, name, version, architecture, source, supplier, role } = found;
    const owner = found.owner && owners.get(`${found.owner.type} ${found.owner.name}`);
    return {
      ...{ type, namespace, name, version, architecture, source, supplier, role },
      qualifiers: found.qualifiers && Object.fromEntries(Object.entries(found.qualifiers).sort(byKey)),
      ...(isOfDistribution(found) || owner !== undefined ? { distribution } : {}),
      ...(owner === undefined || isOfDistribution(found) ? {} : { owner: judgedPart(owner) }),
    };
  };
}

function judgedPart({ type, name, version, source, supplier }: FoundPackage): NonNullable<FleetPackage['owner']> {
  return { type, name, version, source, supplier };
}

function byKey([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : 1;
}

export function isOfDistribution({ type }: Pick<FoundPackage, 'type'>): boolean {
  return type === 'deb' || type === 'apk' || type === 'rpm';
}

export function fleetPackageUrl(found: FleetPackage): string {
  return packageUrlOf({ ...found, location: '', cataloger: '' }, found.distribution);
}

/**
 * Facts that hold nothing but this package, and its owner where it has one: what advisories say of them is what they say of the package in
 * every image that has it.
 */
export function factsOfPackage(found: FleetPackage, digest: ImageFacts['digest']): ImageFacts {
  const place = { layer: 0, location: 'package', cataloger: '' };
  const { owner, distribution, ...own } = found;
  const judged: ImagePackage = { ...own, ...place, owner, purl: fleetPackageUrl(found) };
  const beside = owner && { ...owner, ...place, location: 'owner', purl: fleetPackageUrl({ ...owner, distribution }) };
  return {
    version: 0,
    digest,
    platform: '',
    distribution,
    layers: [],
    packages: beside === undefined ? [judged] : [judged, beside],
    files: [],
    warnings: [],
  };
}

/** The form in which names are compared by all who search: without regard to case, and on PyPI to the kind of dashes (PEP 503). */
export function nameKey(type: string | undefined, name: string): string {
  return type === 'pypi' ? normalizePypiName(name) : name.toLowerCase();
}

/** 128 bits of SHA-256: more than enough to tell apart what one registry has. */
export function shortDigest(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, 22);
}
