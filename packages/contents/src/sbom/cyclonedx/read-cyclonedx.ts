import type { Distribution, ImagePackage } from '@lading/facts';
import { isDigest } from '@lading/oci';
import { type Attributes, imageOfAttributes } from '../attributes.ts';
import { factsOf, type ReadSbom } from '../facts-of.ts';
import { type JsonObject, objectOf, objectsOf, sbomInvalid, textOf } from '../json.ts';
import { type DescribedPackage, packageOfPurl } from '../package-of-purl.ts';

const deepest = 32;

/** Reads CycloneDX JSON 1.2 to 1.7, whoever wrote it. Throws SBOM_INVALID. */
export function readCycloneDx(document: JsonObject): ReadSbom {
  const specVersion = textOf(document.specVersion) ?? '';
  if (!/^1\.[2-7]$/.test(specVersion)) throw sbomInvalid(`CycloneDX ${JSON.stringify(specVersion)} is not known`);
  const metadata = objectOf(document.metadata) ?? {};
  const root = objectOf(metadata.component) ?? {};
  const packages: ImagePackage[] = [];
  let distribution: Distribution | undefined;
  let unknown = 0;
  const walk = (components: readonly JsonObject[], depth: number): void => {
    if (depth > deepest) throw sbomInvalid(`its components lie deeper than ${deepest}`);
    for (const component of components) {
      if (component.type === 'operating-system') distribution ??= distributionOf(component);
      else if (component.type !== 'file') {
        const found = packageOfPurl(describe(component));
        if (found === undefined) unknown++;
        else packages.push(found);
      }
      walk(objectsOf(component.components), depth + 1);
    }
  };
  walk(objectsOf(document.components), 0);
  const digest = [textOf(root.version), digestIn(textOf(root.purl))].find(
    (text) => text !== undefined && isDigest(text),
  );
  return {
    format: `CycloneDX ${specVersion}`,
    subject: { name: textOf(root.name) ?? 'sbom', ...(digest !== undefined && isDigest(digest) ? { digest } : {}) },
    unknown,
    facts: factsOf({ ...imageOfAttributes(propertiesOf(root)), distribution, packages, digest }),
  };
}

function describe(component: JsonObject): DescribedPackage {
  const occurrences = objectsOf(objectOf(component.evidence)?.occurrences);
  const attributes = propertiesOf(component);
  return {
    purl: textOf(component.purl) ?? '',
    version: textOf(component.version),
    licenses: objectsOf(component.licenses).flatMap(({ license, expression }) => {
      const { id, name } = objectOf(license) ?? {};
      return textOf(expression) ?? textOf(id) ?? textOf(name) ?? [];
    }),
    supplier: textOf(objectOf(component.supplier)?.name),
    hashes: Object.fromEntries(
      objectsOf(component.hashes).flatMap(({ alg, content }) => {
        const [algorithm, value] = [textOf(alg), textOf(content)];
        return algorithm === undefined || value === undefined
          ? []
          : [[algorithm.toLowerCase().replace('sha-', 'sha'), value]];
      }),
    ),
    location: textOf(occurrences[0]?.location),
    attributes: [...attributes, ...others(attributes)],
  };
}

/** What other tools say in properties of their own: the source packages that advisories of distributions name. */
function others(attributes: Attributes): Attributes {
  const values = new Map(attributes);
  const trivy = (name: string): string | undefined => values.get(`aquasecurity:trivy:${name}`);
  const [name, version] = [trivy('SrcName') ?? values.get('syft:metadata:source'), trivy('SrcVersion')];
  if (name === undefined || values.has('lading:source:name')) return [];
  const release = trivy('SrcRelease');
  const epoch = trivy('SrcEpoch');
  const full =
    version === undefined
      ? values.get('syft:metadata:sourceVersion')
      : `${epoch === undefined ? '' : `${epoch}:`}${version}${release === undefined ? '' : `-${release}`}`;
  return [['lading:source:name', name], ...(full === undefined ? [] : [['lading:source:version', full] as const])];
}

function propertiesOf(component: JsonObject): Attributes {
  return objectsOf(component.properties).flatMap(({ name, value }) =>
    typeof name === 'string' && typeof value === 'string' ? [[name, value] as const] : [],
  );
}

function distributionOf(component: JsonObject): Distribution {
  const [versionId, prettyName] = [textOf(component.version), textOf(component.description)];
  return {
    id: (textOf(component.name) ?? '').toLowerCase(),
    ...(versionId === undefined ? {} : { versionId }),
    ...(prettyName === undefined ? {} : { prettyName }),
  };
}

/** Of a package URL of an image. */
function digestIn(purl: string | undefined): string | undefined {
  const found = purl === undefined ? null : /@(sha256(?::|%3A)[0-9a-f]{64})/.exec(purl);
  return found?.[1]?.replace('%3A', ':');
}
