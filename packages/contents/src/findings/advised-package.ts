import { type VersionOrder, versionOrderOf } from '@lading/distro';
import type { ImagePackage } from '@lading/facts';

/** A package as advisories name it. */
export interface AdvisedPackage {
  readonly ecosystem: string;
  readonly name: string;
  readonly version: string;
  readonly order: VersionOrder;
}

/**
 * What to ask advisories of a distribution for: the source package and its version, which is where they are mended; for those that announce
 * binary packages, the package itself.
 */
export function advisedByDistribution(found: ImagePackage, ecosystem: string): AdvisedPackage | undefined {
  const order = versionOrderOf(ecosystem);
  if (order === undefined) return undefined;
  if (/^(?:AlmaLinux|Red Hat)\b/.test(ecosystem)) {
    return { ecosystem, order, name: found.name, version: found.version };
  }
  const name = found.source?.name ?? found.name;
  return { ecosystem, order, name, version: sourceVersion(found) };
}

function sourceVersion({ type, version, source }: ImagePackage): string {
  if (type === 'deb') return source?.version ?? version.replace(/\+b\d+$/, '');
  if (source === undefined) return version;
  // The name of a source rpm does not tell the epoch; without it every version would be older than those of advisories.
  const epoch = type === 'rpm' && !source.version.includes(':') ? /^\d+:/.exec(version)?.[0] : undefined;
  return (epoch ?? '') + source.version;
}

const ecosystems: Readonly<Partial<Record<ImagePackage['type'], string>>> = {
  npm: 'npm',
  pypi: 'PyPI',
  golang: 'Go',
  cargo: 'crates.io',
  maven: 'Maven',
  gem: 'RubyGems',
  composer: 'Packagist',
  nuget: 'NuGet',
};

/** What to ask advisories of a language's registry for; undefined where there is no such registry. */
export function advisedByRegistry(found: ImagePackage): AdvisedPackage | undefined {
  const ecosystem = ecosystems[found.type];
  const order = ecosystem === undefined ? undefined : versionOrderOf(ecosystem);
  if (ecosystem === undefined || order === undefined) return undefined;
  return { ecosystem, order, name: registryName(found), version: registryVersion(found) };
}

function registryName({ type, namespace, name }: ImagePackage): string {
  if (namespace === undefined || namespace === '') return name;
  return `${namespace}${type === 'maven' ? ':' : '/'}${name}`;
}

/** Go writes `v1.2.3` and `go1.21rc2`, its advisories `1.2.3` and `1.21.0-rc.2`. */
function registryVersion({ type, version, role }: ImagePackage): string {
  if (type !== 'golang') return version;
  if (role !== 'standard-library') return version.replace(/^v/, '');
  const parts = /^(?:go|v)?(\d+)\.(\d+)(?:\.(\d+))?(?:(rc|beta)(\d+))?/.exec(version);
  if (parts === null) return version;
  const [, major, minor, patch = '0', stage, count] = parts;
  return `${major}.${minor}.${patch}${stage === undefined ? '' : `-${stage}.${count}`}`;
}

/** Whether text is a version of an order at all; what compares anything with anything would else make findings of it. */
export function isVersion(order: VersionOrder, version: string): boolean {
  if (version.length > 256 || /[\s\p{Cc}]/u.test(version)) return false;
  return order === 'debian' || order === 'redhat' ? /^(?:\d+:)?[\w.]/.test(version) : /^[vV]?\d/.test(version);
}
