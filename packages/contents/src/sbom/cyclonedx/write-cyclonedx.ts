import type { Distribution, ImageFacts, ImagePackage } from '@lading/facts';
import { type Attributes, imageAttributes, packageAttributes } from '../attributes.ts';
import { encodeDocument } from '../json.ts';
import { licenseText } from '../license.ts';
import { packageRefs } from '../package-refs.ts';
import type { Sbom, WriteSbomOptions } from '../sbom.ts';
import { stableUuid } from '../stable-uuid.ts';
import { subjectPurl } from '../subject-purl.ts';

/**
 * An SBOM as CycloneDX JSON (ECMA-424, 1.6 and 1.7): the image is the component that it describes; the distribution and all packages are
 * components it depends on. Equal SBOMs give equal bytes.
 */
export function writeCycloneDx(
  { subject, facts }: Sbom,
  { format, created, toolVersion }: WriteSbomOptions,
): Uint8Array {
  const specVersion = format === 'cyclonedx-1.7' ? '1.7' : '1.6';
  const purl = subjectPurl(subject, facts.platform);
  const root = purl ?? subject.name;
  const refs = packageRefs(facts.packages);
  const system = facts.distribution && operatingSystem(facts.distribution);
  const document = {
    bomFormat: 'CycloneDX',
    specVersion,
    version: 1,
    metadata: {
      timestamp: created,
      tools: { components: [{ type: 'application', name: 'lading', version: toolVersion }] },
      component: {
        type: purl === undefined ? 'file' : 'container',
        'bom-ref': root,
        name: subject.name,
        ...(subject.digest === undefined ? {} : { version: subject.digest }),
        ...(purl === undefined ? {} : { purl }),
        properties: properties(imageAttributes(facts)),
      },
    },
    components: [
      ...(system === undefined ? [] : [system]),
      ...[...refs].map(([ref, found]) => component(ref, found, facts)),
    ],
    dependencies: [{ ref: root, dependsOn: [...(system === undefined ? [] : [system['bom-ref']]), ...refs.keys()] }],
  };
  const { bomFormat, ...rest } = document;
  const serialNumber = `urn:uuid:${stableUuid(JSON.stringify(document))}`;
  return encodeDocument({ bomFormat, serialNumber, ...rest });
}

function component(ref: string, found: ImagePackage, facts: ImageFacts): object {
  const { type, namespace, name, version, supplier, licenses, hashes, purl, location, role } = found;
  return {
    type: type === 'generic' || role === 'main' ? 'application' : 'library',
    'bom-ref': ref,
    ...(supplier === undefined ? {} : { supplier: { name: supplier } }),
    ...(namespace === undefined ? {} : { group: namespace }),
    name,
    version,
    ...(hashes === undefined ? {} : hashesOf(hashes)),
    ...(licenses === undefined || licenses.length === 0 ? {} : { licenses: licensesOf(licenses) }),
    purl,
    evidence: { occurrences: [{ location }] },
    properties: properties(packageAttributes(found, facts)),
  };
}

function operatingSystem({ id, versionId, prettyName, cpe }: Distribution) {
  return {
    type: 'operating-system',
    'bom-ref': `operating-system:${id}${versionId === undefined ? '' : `@${versionId}`}`,
    name: id,
    ...(versionId === undefined ? {} : { version: versionId }),
    ...(prettyName === undefined ? {} : { description: prettyName }),
    ...(cpe === undefined || !/^cpe:2\.3:/.test(cpe) ? {} : { cpe }),
  };
}

const algorithms: Readonly<Record<string, { readonly name: string; readonly hexDigits: number }>> = {
  md5: { name: 'MD5', hexDigits: 32 },
  sha1: { name: 'SHA-1', hexDigits: 40 },
  sha256: { name: 'SHA-256', hexDigits: 64 },
  sha512: { name: 'SHA-512', hexDigits: 128 },
};

function hashesOf(hashes: Readonly<Record<string, string>>): { hashes?: object[] } {
  const list = Object.entries(hashes).flatMap(([algorithm, content]) => {
    const known = algorithms[algorithm];
    const isHash = known !== undefined && content.length === known.hexDigits && /^[0-9a-f]+$/.test(content);
    return isHash ? [{ alg: known.name, content }] : [];
  });
  return list.length === 0 ? {} : { hashes: list };
}

/** Either single licenses, or one expression alone (§ licenseChoice). */
function licensesOf(licenses: readonly string[]): object[] {
  const texts = licenses.map(licenseText);
  const [only] = texts;
  if (texts.length === 1 && only?.kind === 'expression') return [{ expression: only.text }];
  return texts.map(({ kind, text }) => ({ license: kind === 'id' ? { id: text } : { name: text } }));
}

function properties(attributes: Attributes): object[] {
  return attributes.map(([name, value]) => ({ name, value }));
}
