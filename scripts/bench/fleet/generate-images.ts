import {
  beginVerdicts,
  type Catalog,
  imageContents,
  packagesToJudge,
  recordContents,
  recordVerdicts,
} from '@lading/catalog';
import type { ImageFacts, ImagePackage, ImageSecret } from '@lading/facts';
import { type Descriptor, descriptorOf, digestOf, encodeJson, mediaTypes } from '@lading/oci';

export interface FleetSize {
  readonly images: number;
  /** Of each image: a third comes with its base, which a hundredth of the images share, the others are its own choice. */
  readonly packages: number;
}

export const fingerprintOfImage = (image: number): string => digestOf(`secret ${image % 50}`).slice(7);
export const nameOfImage = (image: number): string => `team-${image % 100}/app-${image}`;
export const nameOfBase = (base: number): string => `base/os-${base}`;

/** Versions of one name, of which an image has one. */
const versions = 20;

/** Pushes images that contain so much into a catalog. Milliseconds that each took to be recorded, searched-for tables alone. */
export async function generateImages(catalog: Catalog, { images, packages }: FleetSize): Promise<readonly number[]> {
  const times: number[] = [];
  const bases = Math.max(1, Math.round(images / 100));
  for (let base = 0; base < bases; base++) await push(catalog, nameOfBase(base), baseFacts(base, packages));
  for (let image = 0; image < images; image++) {
    times.push(await push(catalog, nameOfImage(image), imageFacts(image, image % bases, packages)));
  }
  return times;
}

function baseFacts(base: number, packages: number): Omit<ImageFacts, 'digest'> {
  const count = Math.round(packages / 3);
  return factsOf(
    [`base ${base}`],
    Array.from({ length: count }, (_, at) => debian(`library-${at}`, `1.${base % versions}.${at}-1`)),
  );
}

function imageFacts(image: number, base: number, packages: number): Omit<ImageFacts, 'digest'> {
  const below = baseFacts(base, packages);
  const own = Array.from({ length: packages - below.packages.length }, (_, at): ImagePackage => {
    // Names that everybody has, and names that few have.
    const name = at % 2 === 0 ? `common-${at}` : `rare-${(image * 31 + at) % 20_000}`;
    const version = `1.${(image * 7 + at) % versions}.0`;
    return { ...{ type: 'npm', name, version, layer: 2, purl: '' }, location: `app/${name}`, cataloger: 'npm' };
  });
  const secret: ImageSecret = {
    rule: 'github-pat',
    title: 'Token',
    severity: 'critical',
    place: 'file',
    layer: 2,
    location: 'app/token',
    fingerprint: fingerprintOfImage(image),
  };
  const facts = factsOf([`base ${base}`, `tools ${base}`, `app ${image}`], [...below.packages, ...own]);
  return image % 10 === 0 ? { ...facts, secrets: [secret] } : facts;
}

function debian(name: string, version: string): ImagePackage {
  return {
    ...{ type: 'deb', name, version, architecture: 'amd64', layer: 0, purl: '' },
    ...{ source: { name: `${name}-source`, version }, location: 'var/lib/dpkg/status', cataloger: 'dpkg' },
  };
}

function factsOf(layers: readonly string[], packages: readonly ImagePackage[]): Omit<ImageFacts, 'digest'> {
  return {
    version: 1,
    platform: 'linux/amd64',
    distribution: { id: 'debian', versionId: '12' },
    layers: layers.map((layer) => ({ digest: digestOf(layer), diffId: digestOf(layer), size: 1 })),
    packages,
    files: [],
    warnings: [],
  };
}

async function push(catalog: Catalog, repository: string, facts: Omit<ImageFacts, 'digest'>): Promise<number> {
  const { digest } = await recordImage(catalog, repository);
  const began = performance.now();
  const contents = imageContents({ ...facts, digest });
  await catalog.database.transaction((statements) => recordContents(statements, contents));
  return performance.now() - began;
}

async function recordImage(catalog: Catalog, repository: string): Promise<Descriptor> {
  const config = { mediaType: mediaTypes.ociConfig, digest: digestOf('{}'), size: 2 };
  const annotations = { name: repository };
  const bytes = encodeJson({ schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [], annotations });
  const descriptor = descriptorOf(bytes, mediaTypes.ociManifest);
  const references = catalog.references(repository);
  await references.record(descriptor, bytes);
  await references.tag('latest', descriptor);
  return descriptor;
}

/** Gives every package one to three vulnerabilities, of which "CVE-2026-1" is in one version of everything. What each batch took. */
export async function judgeAll(catalog: Catalog, advisories: string): Promise<number> {
  const { database } = catalog;
  let position = await database.transaction((statements) => beginVerdicts(statements, { advisories, newest: '' }));
  for (let packages = 0; ; ) {
    const some = await packagesToJudge(database, position, 500);
    if (some.length === 0) return packages;
    const from = position;
    const judged = some.map(({ id, package: { version } }) => ({
      id,
      verdicts: [version === '1.3.0' ? 'CVE-2026-1' : undefined, `CVE-2026-${2 + (id % 5000)}`].flatMap(
        (vulnerability) =>
          vulnerability === undefined
            ? []
            : [{ vulnerability, aliases: [], severity: 'high' as const, fix: 'fixed' as const, fixedVersion: '9' }],
      ),
    }));
    position = (await database.transaction((statements) => recordVerdicts(statements, from, judged))) ?? from;
    packages += some.length;
  }
}
