import { type PackageUrl, parsePackageUrl } from '@lading/distro';
import type { Finding } from '@lading/facts';

/** What a statement is about. OpenVEX 0.2.0 §product. */
export interface VexProduct {
  /** Its `@id` and its purl. */
  readonly names: readonly string[];
  readonly digests: readonly string[];
  /** The parts of it that are meant; all where empty. */
  readonly components: readonly VexProduct[];
}

/** The image in which a finding is. */
export interface VexImage {
  /** As it was given: `registry.example.org/team/app:v1`. */
  readonly name: string;
  /** Its manifest's, and that of an index it was chosen from. */
  readonly digests: readonly string[];
}

/** Whether a product is the image, and the finding in what is meant of it; or the finding's package itself. */
export function isProductOf(product: VexProduct, finding: Finding, image: VexImage): boolean {
  if (isImage(product, image)) {
    return product.components.length === 0 || product.components.some((component) => isPackage(component, finding));
  }
  return product.components.length === 0 && isPackage(product, finding);
}

function isImage({ names, digests }: VexProduct, image: VexImage): boolean {
  if (digests.some((digest) => image.digests.includes(digest))) return true;
  return names.some((name) => {
    if (!name.startsWith('pkg:'))
      return name === image.name || image.digests.some((digest) => name.endsWith(`@${digest}`));
    const purl = read(name);
    if (purl?.type !== 'oci') return false;
    if (purl.version !== undefined) return image.digests.includes(purl.version);
    // Without a digest it is every image of that name, so the name has to be told in full.
    const { repository_url: repository, tag } = purl.qualifiers ?? {};
    if (repository === undefined) return false;
    return (
      image.name === repository ||
      (tag === undefined ? image.name.startsWith(`${repository}:`) : image.name === `${repository}:${tag}`)
    );
  });
}

function isPackage({ names }: VexProduct, { package: found, affected }: Finding): boolean {
  return names.some((name) => {
    const stated = read(name);
    const actual = read(found.purl);
    if (stated === undefined || actual === undefined) return name === found.purl;
    if (covers(stated, actual)) return true;
    // Of distributions the source package may be named, as their advisories do.
    return covers(stated, { ...actual, name: affected.name, version: affected.version });
  });
}

/** Whether what one purl says is true of another: it may leave out the version, the namespace and qualifiers. */
function covers(stated: PackageUrl, actual: PackageUrl): boolean {
  if (stated.type !== actual.type || stated.name !== actual.name) return false;
  if (stated.namespace !== undefined && stated.namespace !== actual.namespace) return false;
  if (stated.version !== undefined && stated.version !== actual.version) return false;
  return Object.entries(stated.qualifiers ?? {}).every(
    ([key, value]) => (key === 'arch' && value === 'source') || actual.qualifiers?.[key] === value,
  );
}

function read(purl: string): PackageUrl | undefined {
  try {
    return parsePackageUrl(purl);
  } catch {
    return undefined;
  }
}
