import { createHash } from 'node:crypto';
import type { Distribution, ImagePackage } from '@lading/facts';
import { type Attributes, imageAttributes, packageAttributes } from '../attributes.ts';
import { encodeDocument } from '../json.ts';
import { packageRefs } from '../package-refs.ts';
import type { Sbom, WriteSbomOptions } from '../sbom.ts';
import { stableUuid } from '../stable-uuid.ts';
import { subjectPurl } from '../subject-purl.ts';
import { type ExtractedLicenses, extractLicenses } from './extracted-licenses.ts';

const document = 'SPDXRef-DOCUMENT';
const root = 'SPDXRef-Image';
const system = 'SPDXRef-OperatingSystem';

/**
 * An SBOM as SPDX 2.3 JSON: the document describes the image, which contains the distribution and all packages. What SPDX has no field for
 * is in annotations. Equal SBOMs give equal bytes.
 */
export function writeSpdx({ subject, facts }: Sbom, { created, toolVersion }: WriteSbomOptions): Uint8Array {
  const tool = `Tool: lading-${toolVersion}`;
  const annotate = (attributes: Attributes): object[] => [
    {
      annotationDate: created,
      annotationType: 'OTHER',
      annotator: tool,
      comment: JSON.stringify(attributes),
    },
  ];
  const purl = subjectPurl(subject, facts.platform);
  const refs = [...packageRefs(facts.packages)].map(([ref, found]) => ({ id: idOf(ref, found), found }));
  const licenses = extractLicenses(facts.packages);
  const packages = [
    {
      SPDXID: root,
      name: subject.name,
      ...(subject.digest === undefined ? {} : { versionInfo: subject.digest }),
      ...unknownOrigin,
      primaryPackagePurpose: purl === undefined ? 'FILE' : 'CONTAINER',
      ...(purl === undefined ? {} : { externalRefs: [purlRef(purl)] }),
      annotations: annotate(imageAttributes(facts)),
    },
    ...(facts.distribution === undefined ? [] : [operatingSystem(facts.distribution)]),
    ...refs.map(({ id, found }) => packageOf(id, found, licenses, annotate(packageAttributes(found, facts)))),
  ];
  const contained = [...(facts.distribution === undefined ? [] : [system]), ...refs.map(({ id }) => id)];
  const body = {
    name: subject.name,
    creationInfo: { created, creators: [tool] },
    packages,
    ...(licenses.extracted.length === 0 ? {} : { hasExtractedLicensingInfos: licenses.extracted }),
    relationships: [
      { spdxElementId: document, relationshipType: 'DESCRIBES', relatedSpdxElement: root },
      ...contained.map((id) => ({ spdxElementId: root, relationshipType: 'CONTAINS', relatedSpdxElement: id })),
    ],
  };
  return encodeDocument({
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: document,
    documentNamespace: `urn:uuid:${stableUuid(JSON.stringify(body))}`,
    ...body,
  });
}

const unknownOrigin = {
  downloadLocation: 'NOASSERTION',
  filesAnalyzed: false,
  licenseConcluded: 'NOASSERTION',
  copyrightText: 'NOASSERTION',
};

function packageOf(id: string, found: ImagePackage, licenses: ExtractedLicenses, annotations: object[]): object {
  const { namespace, name, version, supplier, hashes, purl, location, type } = found;
  return {
    SPDXID: id,
    name: namespace === undefined ? name : `${namespace}${type === 'maven' ? ':' : '/'}${name}`,
    versionInfo: version,
    ...(supplier === undefined ? {} : { supplier: `Organization: ${supplier}` }),
    ...unknownOrigin,
    licenseDeclared: licenses.declared(found.licenses),
    ...(hashes === undefined ? {} : checksums(hashes)),
    sourceInfo: `found at ${location}`,
    externalRefs: [purlRef(purl)],
    annotations,
  };
}

function operatingSystem({ id, versionId, prettyName }: Distribution): object {
  return {
    SPDXID: system,
    name: id,
    ...(versionId === undefined ? {} : { versionInfo: versionId }),
    ...unknownOrigin,
    primaryPackagePurpose: 'OPERATING_SYSTEM',
    ...(prettyName === undefined ? {} : { summary: prettyName }),
  };
}

/** Letters, digits, `.` and `-` alone (§7.2); the hash keeps them apart. */
function idOf(ref: string, { type, name }: ImagePackage): string {
  const readable = name.replaceAll(/[^A-Za-z0-9.]+/g, '-').slice(0, 64);
  return `SPDXRef-Package-${type}-${readable}-${createHash('sha256').update(ref).digest('hex').slice(0, 16)}`;
}

function purlRef(purl: string): object {
  return { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl };
}

const digits: Readonly<Record<string, number>> = { md5: 32, sha1: 40, sha256: 64, sha512: 128 };

function checksums(hashes: Readonly<Record<string, string>>): { checksums?: object[] } {
  const list = Object.entries(hashes)
    .filter(([algorithm, value]) => digits[algorithm] === value.length && /^[0-9a-f]+$/.test(value))
    .map(([algorithm, checksumValue]) => ({ algorithm: algorithm.toUpperCase(), checksumValue }));
  return list.length === 0 ? {} : { checksums: list };
}
