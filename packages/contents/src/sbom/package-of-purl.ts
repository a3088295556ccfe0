import { type PackageUrl, parsePackageUrl } from '@lading/distro';
import type { ImagePackage, PackageType } from '@lading/facts';
import { type Attributes, packageOfAttributes } from './attributes.ts';

/** What a document says of a package, whatever its format. */
export interface DescribedPackage {
  readonly purl: string;
  readonly version: string | undefined;
  readonly licenses: readonly string[];
  readonly supplier: string | undefined;
  readonly hashes: Readonly<Record<string, string>>;
  readonly location: string | undefined;
  readonly attributes: Attributes;
}

const types: ReadonlySet<string> = new Set<PackageType>([
  'deb',
  'apk',
  'rpm',
  'npm',
  'pypi',
  'conda',
  'golang',
  'cargo',
  'maven',
  'gem',
  'composer',
  'nuget',
  'generic',
]);

/** Types whose namespace is the distribution, which the image tells. */
const systemTypes = new Set(['deb', 'apk', 'rpm']);
/** Qualifiers that say what other fields say. */
const told = new Set(['arch', 'distro', 'epoch', 'upstream', 'distro_name', 'package-id']);

/** Undefined for a package URL that is none, of a type that Lading does not know, or without a version. */
export function packageOfPurl(described: DescribedPackage): ImagePackage | undefined {
  const purl = parsed(described.purl);
  const version = described.version ?? purl?.version;
  if (purl === undefined || version === undefined || !types.has(purl.type)) return undefined;
  const attributes = packageOfAttributes(described.attributes);
  const { qualifiers = {} } = purl;
  const own = Object.entries(qualifiers).filter(([name]) => !told.has(name));
  const isSystem = systemTypes.has(purl.type);
  return {
    ...attributes,
    type: purl.type as PackageType, // among the types
    ...(purl.namespace === undefined || isSystem ? {} : { namespace: purl.namespace }),
    name: purl.name,
    version: isSystem ? withEpoch(purl.version ?? version, qualifiers.epoch) : version,
    architecture: attributes.architecture ?? (isSystem ? qualifiers.arch : undefined),
    source: attributes.source ?? sourceOf(qualifiers.upstream, version),
    location: attributes.location === '' ? (described.location ?? '') : attributes.location,
    ...(described.supplier === undefined ? {} : { supplier: described.supplier }),
    ...(described.licenses.length === 0 ? {} : { licenses: described.licenses }),
    ...(Object.keys(described.hashes).length === 0 ? {} : { hashes: described.hashes }),
    ...(own.length === 0 ? {} : { qualifiers: Object.fromEntries(own) }),
    purl: described.purl,
  };
}

/** The `distro` of package URLs of distributions: `debian-12`. */
export function distributionOfPurl(text: string): { readonly id: string; readonly versionId: string } | undefined {
  const distro = parsed(text)?.qualifiers?.distro;
  const found = distro === undefined ? null : /^([a-z][a-z_-]*)-(\d[\w.]*)$/.exec(distro);
  return found === null ? undefined : { id: found[1] ?? '', versionId: found[2] ?? '' };
}

function parsed(text: string): PackageUrl | undefined {
  try {
    return parsePackageUrl(text);
  } catch {
    return undefined;
  }
}

/** rpm's epoch is a qualifier of its package URLs. */
function withEpoch(version: string, epoch: string | undefined): string {
  return epoch === undefined || epoch === '0' || version.includes(':') ? version : `${epoch}:${version}`;
}

/** As other tools write it: `openssl@3.0.15-1`, or the name alone where the version is the same. */
function sourceOf(upstream: string | undefined, version: string): ImagePackage['source'] {
  if (upstream === undefined || upstream === '') return undefined;
  const [name = '', own] = upstream.split('@');
  return { name, version: own ?? version };
}
