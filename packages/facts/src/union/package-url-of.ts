import { formatPackageUrl } from '@lading/distro';
import type { Distribution, FoundPackage } from '../package.ts';

/**
 * The package URL of a package in an image. Those of distributions have the distribution as namespace and `arch` and `distro` as qualifiers,
 * those of rpm the epoch too, which their version has not. Package-URL specification, types deb, apk and rpm.
 */
export function packageUrlOf(found: FoundPackage, distribution: Distribution | undefined): string {
  const { type, name, version, architecture: arch, qualifiers } = found;
  if (type !== 'deb' && type !== 'apk' && type !== 'rpm') {
    return formatPackageUrl({ type, namespace: found.namespace, name, version, ...(qualifiers && { qualifiers }) });
  }
  const [, epoch, rest] = (type === 'rpm' && /^(\d+):(.*)$/s.exec(version)) || [undefined, undefined, version];
  const distro = distribution === undefined ? undefined : distroOf(distribution);
  const own = Object.entries({ arch, distro, epoch: epoch === '0' ? undefined : epoch });
  return formatPackageUrl({
    type,
    namespace: found.namespace ?? distribution?.id ?? defaultNamespaces[type],
    name,
    version: rest,
    qualifiers: { ...qualifiers, ...(Object.fromEntries(own.filter(([, value]) => value)) as Record<string, string>) },
  });
}

/** Where no os-release tells: what the format was made for. A package of rpm has no one distribution that could be meant. */
const defaultNamespaces = { deb: 'debian', apk: 'alpine', rpm: undefined } as const;

function distroOf({ id, versionId, codename }: Distribution): string {
  const release = versionId ?? codename;
  return release === undefined ? id : `${id}-${release}`;
}
