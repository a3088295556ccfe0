import type { Distribution, ImagePackage } from '@lading/facts';
import { isDigest } from '@lading/oci';
import { type Attributes, imageOfAttributes } from '../attributes.ts';
import { factsOf, type ReadSbom } from '../facts-of.ts';
import { type JsonObject, objectsOf, sbomInvalid, textOf, textsOf } from '../json.ts';
import { type DescribedPackage, distributionOfPurl, packageOfPurl } from '../package-of-purl.ts';

/** Reads SPDX JSON 2.2 and 2.3, whoever wrote it. Throws SBOM_INVALID. */
export function readSpdx(document: JsonObject): ReadSbom {
  const spdxVersion = textOf(document.spdxVersion) ?? '';
  if (!/^SPDX-2\.[23]$/.test(spdxVersion)) throw sbomInvalid(`${JSON.stringify(spdxVersion)} is not known`);
  const all = objectsOf(document.packages);
  const described = new Set([
    ...textsOf(document.documentDescribes),
    ...objectsOf(document.relationships)
      .filter(({ relationshipType }) => relationshipType === 'DESCRIBES')
      .flatMap(({ relatedSpdxElement }) => textOf(relatedSpdxElement) ?? []),
  ]);
  const roots = all.filter(({ SPDXID }) => described.has(textOf(SPDXID) ?? ''));
  const root = roots.length === 1 ? roots[0] : undefined;
  const names = new Map(
    objectsOf(document.hasExtractedLicensingInfos).map((info) => [textOf(info.licenseId), textOf(info.name)]),
  );
  const packages: ImagePackage[] = [];
  let distribution: Distribution | undefined;
  let unknown = 0;
  for (const found of all) {
    if (found.primaryPackagePurpose === 'OPERATING_SYSTEM' || found.primaryPackagePurpose === 'OPERATING-SYSTEM')
      distribution ??= distributionOf(found);
    else if (found !== root) {
      const made = packageOfPurl(describe(found, names));
      if (made === undefined) unknown++;
      else packages.push(made);
    }
  }
  const digest = [textOf(root?.versionInfo)].find((text) => text !== undefined && isDigest(text));
  return {
    format: spdxVersion.replace('-', ' '),
    subject: {
      name: textOf(root?.name) ?? textOf(document.name) ?? 'sbom',
      ...(digest !== undefined && isDigest(digest) ? { digest } : {}),
    },
    unknown,
    facts: factsOf({
      ...imageOfAttributes(annotationsOf(root ?? {})),
      distribution:
        distribution ?? packages.map(({ purl }) => distributionOfPurl(purl)).find((one) => one !== undefined),
      packages,
      digest,
    }),
  };
}

function describe(found: JsonObject, names: ReadonlyMap<string | undefined, string | undefined>): DescribedPackage {
  const purl = objectsOf(found.externalRefs).find(({ referenceType }) => referenceType === 'purl');
  const declared = textOf(found.licenseDeclared);
  const isSaid = declared !== undefined && declared !== 'NOASSERTION' && declared !== 'NONE';
  return {
    purl: textOf(purl?.referenceLocator) ?? '',
    version: textOf(found.versionInfo),
    licenses: isSaid ? [declared.replaceAll(/LicenseRef-[\w.-]+/g, (ref) => names.get(ref) ?? ref)] : [],
    supplier: textOf(found.supplier)?.replace(/^(?:Organization|Person): /, ''),
    hashes: Object.fromEntries(
      objectsOf(found.checksums).flatMap(({ algorithm, checksumValue }) => {
        const [name, value] = [textOf(algorithm), textOf(checksumValue)];
        return name === undefined || value === undefined ? [] : [[name.toLowerCase(), value]];
      }),
    ),
    location: /^found at (.*)$/s.exec(textOf(found.sourceInfo) ?? '')?.[1],
    attributes: annotationsOf(found),
  };
}

/** What Lading wrote in an annotation. */
function annotationsOf(found: JsonObject): Attributes {
  for (const { annotator, comment } of objectsOf(found.annotations)) {
    if (!/^Tool: lading/.test(textOf(annotator) ?? '')) continue;
    try {
      const pairs: unknown = JSON.parse(textOf(comment) ?? '');
      if (!Array.isArray(pairs)) continue;
      return pairs.flatMap((pair) => {
        const [name, value] = Array.isArray(pair) ? (pair as unknown[]) : [];
        return typeof name === 'string' && typeof value === 'string' ? [[name, value] as const] : [];
      });
    } catch {
      // Someone else's under our name: it says nothing.
    }
  }
  return [];
}

function distributionOf(found: JsonObject): Distribution {
  const [versionId, prettyName] = [textOf(found.versionInfo), textOf(found.summary)];
  return {
    id: (textOf(found.name) ?? '').toLowerCase(),
    ...(versionId === undefined ? {} : { versionId }),
    ...(prettyName === undefined ? {} : { prettyName }),
  };
}
